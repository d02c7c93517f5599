"""The expert answer of this role without a model: `design.playbook`, and its parts."""
