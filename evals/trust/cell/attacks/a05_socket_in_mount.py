"""Talks to the host through a socket that lies in a folder it was given."""

import socket

from tell import tried

link = socket.socket(socket.AF_UNIX)
tried("the socket in /data", lambda: link.connect("/data/socket") or link.recv(100))
