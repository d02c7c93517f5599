"""Climbs out of mounts and folders by their parents and by open folders."""

# ruff: noqa: B023

import os

from tell import HOST, tried

for folder in ("/work", "/data", "/src", "/runtime", "/probes"):
    top = os.open(folder, os.O_RDONLY)
    tried(folder + " up", lambda: os.open("../" * 8 + HOST["secret"].lstrip("/"), os.O_RDONLY, dir_fd=top) and True)
    tried(folder + " beside", lambda: os.open("../home/secret.txt", os.O_RDONLY, dir_fd=top) and True)
    os.fchdir(top)
    os.chdir("..")
    tried(folder + " parent", lambda: sorted(os.listdir(".")) != sorted(os.listdir("/")))
tried("a magic link", lambda: os.readlink("/proc/1/root") != "/" and os.listdir("/proc/1/root"))
