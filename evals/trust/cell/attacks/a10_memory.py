"""Takes memory, in one process, up to two and a half times its limit."""

from tell import HOST, MiB, said

said("begins", False)
blocks = []
try:
    while len(blocks) * 8 * MiB < 2.5 * HOST["memory"]:
        blocks.append(bytearray(b"x" * (8 * MiB)))
except MemoryError:
    said("memory", False, f"MemoryError at {len(blocks) * 8} MiB")
else:
    said("memory", True, len(blocks) * 8)
