"""Machines that can't hold a sandbox: the error names the remedy, and nothing was run."""
