"""What the gate of this role measures: `gate.run`, and its parts."""
