"""Inside the cell: start the project's service, scrape its metrics once, print the names it exports as JSON.

usage: observability_metrics.py PACKAGE PORT PATH
"""

import json
import os
import re
import runpy
import signal
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S, STOPPING_S = 40.0, 20.0
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


def scrape(port: str, path: str) -> str:
    """The text of its metrics; waits for the service to come up."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return str(answer.read(4_000_000).decode("utf-8", "replace"))
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def exported(text: str) -> list[str]:
    """Names of all series: declared ones (which may have no sample yet) and those with samples."""
    names = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE):
        names |= {name + suffix for suffix in SUFFIXES.get(kind, ("",))}
    names |= set(re.findall(r"^([A-Za-z_:][\w:]*)[{ ]", text, re.MULTILINE))
    return sorted(names)


def stop(service: int) -> None:
    """Ask it to end, so that it ends what it started; kill it when it doesn't."""
    os.kill(service, signal.SIGTERM)
    end = time.monotonic() + STOPPING_S
    while time.monotonic() < end:
        if os.waitpid(service, os.WNOHANG)[0]:
            return
        time.sleep(0.02)
    os.kill(service, signal.SIGKILL)
    os.waitpid(service, 0)


def main() -> None:
    """Fork the service off, scrape it, end it."""
    package, port, path = sys.argv[1:4]
    service = os.fork()
    if service == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = [package, "serve", "--host", "127.0.0.1", "--port", port]
        runpy.run_module(package, run_name="__main__", alter_sys=True)
        os._exit(0)
    try:
        print(json.dumps({"names": exported(scrape(port, path))}))
    finally:
        stop(service)


main()
