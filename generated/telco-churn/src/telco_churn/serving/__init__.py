"""The parts of the HTTP service; `serve.py` puts them together."""
