"""Designs in, files out: templates, sources of slots, one format."""
