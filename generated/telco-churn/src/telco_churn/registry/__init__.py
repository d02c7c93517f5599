"""Versions of the model, which of them is the champion, and the runs that made them."""
