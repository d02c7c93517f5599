"""Connects to the host's unix sockets: by path, by abstract name, by what it has open."""

# ruff: noqa: B023, S108

import socket

from tell import HOST, tried


def ask(name: str) -> object:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(2)
    link.connect(name)
    return link.recv(100)


tried("abstract name", lambda: ask("\0" + HOST["abstract"]))
for place in ("", "/proc/1/root", "/oldroot"):
    tried("path " + place, lambda: ask(place + HOST["socket"]))
for name in ("/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket", "/tmp/.X11-unix/X0"):
    tried(name, lambda: ask(name))
tried(
    "message to a datagram name",
    lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", "\0" + HOST["abstract"]),
)
