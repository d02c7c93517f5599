"""Whether it holds: a role's gate, the ratchet, the whole project from a clean checkout."""
