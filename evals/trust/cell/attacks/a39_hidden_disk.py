"""Fills the disk where nobody can look: removed files, folders that cannot be entered."""

import os

from tell import HOST, MiB, said

os.mkdir("/work/dark")
dark = os.open("/work/dark/file", os.O_CREAT | os.O_RDWR)
os.chmod("/work/dark", 0)
done = 0
for name in ("gone", "gone2", None):
    fd = dark if name is None else os.open("/work/" + name, os.O_CREAT | os.O_RDWR)
    if name:
        os.unlink("/work/" + name)
    part = 0
    try:
        while part < 20 * MiB:
            part += os.write(fd, b"x" * (MiB // 2))
    except OSError as problem:
        said("full", False, problem)
    done += part
said("bytes", done > HOST["disk"], done)
said("wrote some", done < MiB, done)
