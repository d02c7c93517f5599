"""Tries the host's services, the way out, and every family of sockets."""

# ruff: noqa: B023

import socket

from tell import HOST, call, said, tried


def tcp(host: str, port: int) -> object:
    with socket.create_connection((host, port), 2) as link:
        return link.recv(100) or True


def route(address: str) -> object:
    """A connected datagram socket only looks the way up: no packet leaves."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.connect((address, 9))
        return link.getsockname()


tried("host tcp", lambda: tcp("127.0.0.1", HOST["tcp"]))
tried("host tcp by name", lambda: tcp(HOST["hostname"], HOST["tcp"]))
for address in ("198.51.100.1", "169.254.169.254", "10.0.0.1"):
    tried("way to " + address, lambda: route(address))
tried("name look-up", lambda: socket.getaddrinfo("example.invalid", 80))
said("interfaces", [name for _, name in socket.if_nameindex() if name != "lo"])
families = {
    "packet": 17,
    "vsock": 40,
    "alg": 38,
    "bluetooth": 31,
    "key": 15,
    "xdp": 44,
    "tipc": 30,
    "rds": 21,
    "can": 29,
}
for name, family in families.items():
    value, problem = call(41, family, 3, 0)
    said("family " + name, value >= 0 or problem in ("EPROTONOSUPPORT", "ESOCKTNOSUPPORT"), (value, problem))
value, problem = call(41, 2, 3, 255)
said("raw ip", value >= 0, problem)
for name, protocol in (("xfrm", 6), ("audit", 9), ("kobject", 15), ("crypto", 21)):
    value, problem = call(41, 16, 3, protocol)
    said("netlink " + name, value >= 0, problem)
value, problem = call(41, 40 | 1 << 32, 1, 0)
said("vsock behind high bits", value >= 0, problem)
