"""Uses up the kernel's small things: event counters, watches, timers, queues."""

import os
import select

from tell import HOST, call, said


def as_many(name: str, number: int, *words: object) -> None:
    made = []
    while len(made) < 5000:
        value, problem = call(number, *words)
        if value < 0:
            break
        made.append(value)
    said(name, len(made) > HOST["nofile"], f"{len(made)} {problem}")
    for fd in made:
        os.close(fd)


as_many("eventfd", 290, 0, 0)
as_many("inotify", 294, 0)
as_many("timerfd", 283, 1, 0)
as_many("epoll", 291, 0)
as_many("signalfd", 289, -1, bytes(8), 8, 0)
value, problem = call(240, b"queue", 0o102, 0o600, 0)
said("posix queue", value >= 0, problem)
timers = 0
for _ in range(5000):
    if call(222, 1, 0, bytes(8))[0] < 0:
        break
    timers += 1
said("timers", timers > 4096, timers)
poll = select.epoll()
said("polls", False, poll.fileno())
