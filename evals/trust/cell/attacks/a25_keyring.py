"""Looks for keys in the kernel's rings, and leaves one there."""

# ruff: noqa: SIM115

import ctypes

from tell import call, refused, said, tried

refused("add", 248, b"user", b"planted", b"x", 1, -3)
refused("my session's ring", 250, 0, -3, 0)
refused("request", 249, b"user", b"agent-graph-canary", 0, -3)
key, problem = call(249, b"user", b"agent-graph-canary", 0, 0)
buffer = ctypes.create_string_buffer(200)
call(250, 11, key, buffer, 200)
said("the key's text", buffer.value, buffer.value)
tried("listed", lambda: "canary" in open("/proc/keys").read())
