"""Lies that the checks of the machine-learning engineer, and the proof, tell from the truth."""
