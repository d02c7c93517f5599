"""Lies that the checks of the data scientist tell from the truth."""
