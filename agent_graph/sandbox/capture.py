"""Keeps the head and the tail of an endless stream, and counts the rest."""


class Capture:
    """A bounded record of a byte stream; import-free, for the driver inside the sandbox uses it too."""

    def __init__(self, head: int, tail: int) -> None:
        self._head, self._tail = bytearray(), bytearray()
        self._head_room, self._tail_room = head, tail
        self.total = 0

    def feed(self, data: bytes) -> None:
        self.total += len(data)
        room = self._head_room - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data
            del self._tail[: -self._tail_room]

    def text(self) -> str:
        """Head, a note of how much was dropped, tail."""
        lost = self.total - len(self._head) - len(self._tail)
        note = b"\n...[%d bytes dropped]...\n" % lost if lost else b""
        return (bytes(self._head) + note + bytes(self._tail)).decode("utf-8", "replace")
