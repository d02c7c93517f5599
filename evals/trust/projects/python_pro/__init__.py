"""Lies of whoever hardens the code: in tests, in code, in configuration."""
