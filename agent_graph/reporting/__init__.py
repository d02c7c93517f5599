"""What is said of a run when it has ended: the report, its pages and pictures."""
