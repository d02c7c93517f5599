"""Plays the process that holds a model: `played_worker.py STARTS WAY…`, one way an answer, the last one for all others.

A file `then` beside STARTS holds the ways from the second start on.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

PLAN = {"title": "A plan", "kind": "short", "steps": [{"name": "one", "share": 0.5}], "note": None}


def told(text: str) -> dict[str, Any]:
    return {"text": text, "finish": "stop", "prompt_tokens": 100, "cached_tokens": 50, "completion_tokens": 2}


def answer(way: str, question: dict[str, Any]) -> dict[str, Any]:
    """What that way answers."""
    if way == "die":
        print("no memory left", file=sys.stderr)
        sys.exit(3)
    if way == "hang":
        time.sleep(60)
    if way.startswith("write"):
        assert (question["response_format"] is None) == (way == "write_in_words")
        assert ("JSON schema" in question["messages"][0]["content"]) == (way == "write_in_words")
        return told(json.dumps(PLAN))
    if way.startswith("weigh"):
        assert question["choice"]["opening"]
        found = {"weigh": [0.5, 0.25, 0.25], "weigh_last": [0.25, 0.25, 0.5], "weigh_wrong": [0.5, 0.4]}[way]
        return told(json.dumps({"p": found}))
    return {
        "too_long": {"error": "the request exceeds the context", "type": "exceed_context_size_error"},
        "refuse": {"error": "no such parameter", "type": "invalid_request_error"},
        "no_grammar": {"error": "failed to parse grammar", "type": "invalid_request_error"},
    }[way]


def main() -> None:
    """Be ready, and answer."""
    starts, ways = Path(sys.argv[1]), sys.argv[2:]
    then = starts.with_name("then")
    if starts.exists() and then.exists():
        ways = then.read_text("utf-8").split()
    with starts.open("a") as file:
        file.write("x")
    if ways[:1] == ["unready"]:
        print("no GGUF", file=sys.stderr)
        sys.exit(1)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        way = ways.pop(0) if len(ways) > 1 else ways[0]
        print(json.dumps(answer(way, json.loads(line))), flush=True)


main()
