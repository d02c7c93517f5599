"""The six trades; a role is data, one module each."""
