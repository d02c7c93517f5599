"""Leaves pipes, sockets and devices where results are expected."""

import os
import socket
import stat

from tell import said, tried

os.makedirs("/work/out")
os.chdir("/work/out")
os.mkfifo("metrics.json")
os.mkfifo("predictions.csv")
socket.socket(socket.AF_UNIX).bind("socket")
tried("character device", lambda: os.mknod("zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5)) or True)
tried("block device", lambda: os.mknod("disk", 0o666 | stat.S_IFBLK, os.makedev(254, 0)) or True)
with open("unreadable", "w") as file:
    file.write("x")
os.chmod("unreadable", 0)
os.mkdir("locked")
with open("locked/inside", "w") as file:
    file.write("x")
os.chmod("locked", 0)
with open("fine.txt", "w") as file:
    file.write("fine\n")
said("planted", False)
