"""Leaves results whose names are traps."""

# ruff: noqa: E501

import os

from tell import said

os.makedirs("/work/out")
NAMES = [
    b"-rf", b"..hidden", b" lead", b"new\nline", b"bad\xff\xfe", b"x" * 255, "é".encode() * 120, b"a\\..\\..\\b", b"CON",
    "\u2028line".encode(), "\ufeffmark".encode(), b"tab\tname", b"quote'\"$(touch bitten)`", b"%2e%2e%2f", b"{{ 7 * 7 }}",
]  # fmt: skip
for name in NAMES:
    with open(b"/work/out/" + name, "w") as file:
        file.write("x")
    said("left", False, name)
