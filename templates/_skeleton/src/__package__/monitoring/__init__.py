"""What came in and went out against the reference, and when to train again."""
