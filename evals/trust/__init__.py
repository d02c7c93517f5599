"""How far this program can be trusted, measured: `python -m evals.trust`."""
