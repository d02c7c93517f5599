"""The fence around text that others wrote: its code follows from the text, so nothing inside can close it."""

from __future__ import annotations

import hashlib
import json

OPEN, CLOSE = "\x00open\x00", "\x00close\x00"  # stand where the fence will be, until the whole text is known


def visible(text: str) -> str:
    """The text with every sign that isn't seen (controls, joiners, changes of direction, lone surrogates) spelt out."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def between_marks(text: str) -> str:
    """A text between the marks that `sealed` turns into the fence; it holds none of its own."""
    return f"{OPEN}\n{text.replace(chr(0), '?').strip()}\n{CLOSE}\n"


def sealed(text: str) -> str:
    """The text with its fences. Their code follows from the text, so nothing inside can know it or hold it."""
    code, turn = _code(text, 0), 0
    while code in text:
        turn += 1
        code = _code(text, turn)
    return text.replace(OPEN, f"<<data {code}>>").replace(CLOSE, f"<<end {code}>>")


def _code(text: str, turn: int) -> str:
    return hashlib.sha256(f"{turn}\0{text}".encode("utf-8", "replace")).hexdigest()[:12]
