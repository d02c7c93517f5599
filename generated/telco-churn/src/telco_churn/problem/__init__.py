"""What is asked: labels, metrics, what a guess is worth, groups to compare."""
