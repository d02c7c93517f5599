"""Fills the kernel's buffers: pipes and socket pairs."""

import os
import socket

from tell import HOST, MiB, said

held, total = [], 0
block = b"x" * (1 << 16)
try:
    while total < 512 * MiB:
        read, out = os.pipe()
        os.set_blocking(out, False)
        held.append((read, out))
        total += os.write(out, block)
except OSError as problem:
    said("pipes", len(held) * 2 > HOST["nofile"], f"{total} bytes in {len(held)}: {problem}")
for read, out in held:
    os.close(read)
    os.close(out)
pairs = []
try:
    while len(pairs) < 2000:
        pairs.append(socket.socketpair())
except OSError as problem:
    said("pairs", len(pairs) * 2 > HOST["nofile"], f"{len(pairs)}: {problem}")
said("bounded", total > 128 * MiB or len(pairs) > HOST["nofile"], total)
