"""Lies that the checks of observability tell from the truth, in files of every stack."""
