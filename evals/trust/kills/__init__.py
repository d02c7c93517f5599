"""Nothing is lost to `kill -9` at any moment."""
