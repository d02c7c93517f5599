"""Speeds, each beside its bar; ratios against a peer in the same run where there is one: `make bench`."""
