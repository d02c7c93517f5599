"""Folds, search, fit: from the processed layer to a registered candidate."""
