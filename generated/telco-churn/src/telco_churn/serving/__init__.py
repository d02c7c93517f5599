"""Answers from the champion: over HTTP, for a file, for a file larger than memory."""
