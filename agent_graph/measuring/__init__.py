"""What all gates and the proof measure with: the bench, scores, baselines, predictions, commands."""
