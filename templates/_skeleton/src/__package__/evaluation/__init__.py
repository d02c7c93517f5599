"""Whether a candidate is good enough, and what an online experiment shows."""
