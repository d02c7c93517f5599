"""Fills every folder that may be writable, past the size it should have."""

# ruff: noqa: S108

import os

from tell import HOST, MiB, said

BOUNDS = {"/tmp": HOST["tmp"], "/dev/shm": HOST["shm"], "/home": 64 * MiB}
for folder in (*BOUNDS, "/dev", "/", "/etc", "/sbx", "/run", "/usr", "/dev/mqueue", "/data", "/src", "/var/tmp"):
    bound = BOUNDS.get(folder, 0)
    done, why = 0, ""
    path = f"{folder}/fill-{os.getpid()}"
    try:
        for number in range(4):
            with open(f"{path}-{number}", "wb", buffering=0) as file:
                while done < bound + 8 * MiB and file.tell() < 20 * MiB:
                    done += file.write(b"x" * (MiB // 2))
    except OSError as problem:
        why = str(problem)
    said("fill " + folder, done > bound, f"{done} bytes {why}")
    for number in range(4):
        try:
            os.remove(f"{path}-{number}")
        except OSError:
            break
