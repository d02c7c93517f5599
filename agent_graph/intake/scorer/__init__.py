"""Evidence weighed: named numbers in, calibrated probabilities out; the weights are fitted apart, in one file."""
