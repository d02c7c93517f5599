"""One worker process: started when it is first needed, ended with the run, and never waited for beyond a limit."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO, Any, cast

NAMES = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")  # no key among them
ENDING_S = 5.0  # a process that closed its output may still be cleaning up
MOST_LINE = 16_000_000  # bytes of one answer


class Ended(Exception):
    """The process is gone; the text says how."""


class TooSlow(Exception):
    """No answer came within the limit; the process was ended."""


class Worker:
    """A program that answers each line of JSON by one line of JSON; not safe to share between threads."""

    def __init__(self, command: Sequence[str]) -> None:
        self._errors = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 - it lives as long as the process
        environment = {name: os.environ[name] for name in NAMES if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=environment
        )
        self._in, self._out = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self._speaks = select.poll()
        self._speaks.register(self._out, select.POLLIN)
        self._rest = b""

    def ask(self, question: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        """The answer to a question. Ended or TooSlow when there is none: this worker is over then."""
        try:
            self._in.write(json.dumps(question).encode() + b"\n")
            self._in.flush()
            return self.hear(timeout_s)
        except OSError:
            raise Ended(self._how()) from None
        except BaseException:  # an answer that nobody heard would be taken for that to the next question
            self.close()
            raise

    def hear(self, timeout_s: float) -> dict[str, Any]:
        """The next line. Ended or TooSlow when none comes."""
        until = time.monotonic() + timeout_s
        while b"\n" not in self._rest:
            if not self._speaks.poll(max(0.0, until - time.monotonic()) * 1000):
                self.close()
                raise TooSlow
            piece = os.read(self._out.fileno(), 1 << 16)
            if not piece or len(self._rest) > MOST_LINE:
                raise Ended(self._how())
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        loaded: dict[str, Any] = json.loads(line)
        return loaded

    def close(self) -> None:
        """End the process, whatever it does; again is no fault."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out, self._errors):
            try:
                pipe.close()
            except OSError:  # a question that it never read
                continue

    def _how(self) -> str:
        """How it ended, with its own last words."""
        try:
            code = self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 2_000))
        lines = [line for line in self._errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
        self.close()
        ended = f"by signal {-code} (out of memory?)" if code < 0 else f"with code {code}"
        return f"ended {ended}" + (f": {lines[-1].strip()[:200]}" if lines else "")


def command_of(path: str, threads: int, context: int) -> list[str]:
    """The worker's command line."""
    return [sys.executable, "-P", "-m", "agent_graph.llm.local.worker", path, str(threads), str(context)]
