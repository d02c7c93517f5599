"""What all gates and the proof measure with: scores, predictions, commands, what a cluster would get."""
