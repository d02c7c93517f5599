"""Lies that the checks of the mlops engineer tell from the truth, in files of every stack."""
