"""Leaves links where results are expected: to secrets, to folders, to itself, hard ones."""

import os

from tell import HOST, said

os.makedirs("/work/out")
os.chdir("/work/out")
os.symlink(HOST["secret"], "report.html")
os.symlink("../" * 12 + HOST["secret"], "relative")
os.symlink(os.path.dirname(HOST["secret"]), "folder")
os.symlink("/proc/self/environ", "environ")
os.symlink("loop", "loop")
os.symlink("..", "up")
with open("one", "w") as file:
    file.write("1")
os.link("one", "two")
os.symlink(os.path.dirname(HOST["secret"]), "/work/elsewhere")
with open("fine.txt", "w") as file:
    file.write("fine\n")
said("planted", False, len(os.listdir(".")))
