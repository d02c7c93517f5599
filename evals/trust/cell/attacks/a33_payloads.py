"""Leaves results that bite whoever opens them: pickles, bombs, hooks, settings of tools."""

# ruff: noqa: S103

import os
import zlib

from tell import said

FILES = {
    "model.pkl": b"cos\nsystem\n(S'touch /tmp/bitten'\ntR.",
    "bomb.xml": b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>',
    "bomb.gz": zlib.compress(b"\0" * 20_000_000),
    "deep.json": b"[" * 100_000,
    "formula.csv": b"=HYPERLINK(1),@SUM(1)\n",
    "script.sh": b"#!/bin/sh\ntouch /tmp/bitten\n",
    ".git/hooks/post-checkout": b"#!/bin/sh\ntouch /tmp/bitten\n",
    ".gitmodules": b"[submodule]\n",
    "sub/.git/config": b"[core]\nfsmonitor = touch /tmp/bitten\n",
}
for name, content in FILES.items():
    path = "/work/out/" + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, 0o6777)
    said("left " + name, False)
