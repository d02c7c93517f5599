"""The cell holds against hostile programs, and in daily use."""
