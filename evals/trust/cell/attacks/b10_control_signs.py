"""Writes terminal commands and signs that turn the line, as output and as names of results."""

import os

from tell import said

said("begins", False)
SIGNS = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[H",
    "\x1b]52;c;b3duZWQ=\x07",
    "\u202egpj.exe",
    "\x9b31m",
    "\x00",
    "\r\x1b[Apassed",
)
os.makedirs("/work/out")
for number, sign in enumerate(SIGNS):
    os.write(1, sign.encode() + b"\n")
    os.write(2, sign.encode() + b"\n")
    try:
        open(f"/work/out/{number}{sign}", "w").close()
    except ValueError:
        continue
said("ends", False)
