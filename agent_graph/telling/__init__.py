"""What artifacts say in words, for the terminal and for pages."""
