"""What each gate measures; one module a role, each with `run(bench) -> tuple[Check, ...]`."""
