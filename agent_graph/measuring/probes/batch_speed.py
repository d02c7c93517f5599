"""Inside the cell: `batch` against the bare estimator, and a `batch` that is killed and run again.

argv: names of the modules cli, ingest, columns and registry (`layout.named`), small input, large
input, rows of each, chunk rows of the kill drill. Prints one JSON object.
"""

# ruff: noqa: S108  # /tmp is the cell's own

import contextlib
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path

TRIES = 3
MODULES, SMALL, LARGE, ROWS_SMALL, ROWS_LARGE, CHUNK = sys.argv[1:7]
CLI, INGEST, COLUMNS, REGISTRY = MODULES.split(",")
sys.path.insert(0, "/work/src")


def seconds_of(call):
    """The least CPU seconds of a few tries: neighbours on the same core slow a program down, none makes it faster."""
    tries = []
    for _ in range(TRIES):
        began = time.process_time()
        call()
        tries.append(time.process_time() - began)
    return min(tries)


def quietly(*words):
    with contextlib.redirect_stdout(sys.stderr):
        code = importlib.import_module(CLI).main(list(words))
    if code != 0:
        raise SystemExit(f"{' '.join(words)} ended with {code}")


def speeds():
    """CPU seconds a row: from a small and a large input, so that what a start costs drops out."""
    ingest, columns = importlib.import_module(INGEST), importlib.import_module(COLUMNS)
    model = importlib.import_module(REGISTRY).champion()
    inputs = [columns.from_frame(ingest.read_rows(Path(path), labelled=False)) for path in (SMALL, LARGE)]
    model.predict(inputs[0])
    bare = [seconds_of(lambda given=given: model.predict(given)) for given in inputs]
    quietly("batch", "--input", SMALL, "--output", "/tmp/warm.csv")
    batch = [seconds_of(lambda path=path: quietly("batch", "--input", path, "--output", "/tmp/speed.csv"))
             for path in (SMALL, LARGE)]  # fmt: skip
    return {"bare_s_per_row": per_row(*bare), "batch_s_per_row": per_row(*batch)}


def per_row(small, large):
    """Of the rows that one has more; where other work on the machine hid those, of all, with what a start costs."""
    more = (large - small) / (int(ROWS_LARGE) - int(ROWS_SMALL))
    return more if more > 0 else large / int(ROWS_LARGE)


def killed_and_resumed():
    """SIGKILL when the first chunks are done; then the same command again."""
    output = Path("/tmp/resumed.csv")
    words = ("batch", "--input", SMALL, "--output", str(output), "--chunk-rows", CHUNK)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            quietly(*words)
        os._exit(0)
    parts, running = [], True
    while running and len(parts) < 2:
        parts = sorted(Path("/tmp").glob("resumed.csv.parts/*.csv"))
        running = os.waitpid(pid, os.WNOHANG)[0] == 0
        time.sleep(0.001)
    if running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    drill = {"chunks_at_kill": len(parts) if running else 0, "output_at_kill": output.exists()}
    kept = {part: part.stat().st_mtime_ns for part in parts if part.exists()}
    seen_again = {}

    def watch(event, arguments):
        if event == "os.rename" and Path(str(arguments[1])) in kept:
            seen_again[str(arguments[1])] = True

    sys.addaudithook(watch)
    quietly(*words)
    quietly("batch", "--input", SMALL, "--output", "/tmp/whole.csv")
    drill["chunks_made_again"] = len(seen_again)
    drill["same"] = output.read_bytes() == Path("/tmp/whole.csv").read_bytes()
    return drill


resume = killed_and_resumed()  # first: a process whose libraries have started threads can't be forked
print(json.dumps({"resume": resume, "speed": speeds()}))
