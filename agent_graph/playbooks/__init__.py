"""The deterministic expert answer of each role."""
