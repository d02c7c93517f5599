"""What a project is built with: one folder a choice, one folder an option in it."""
