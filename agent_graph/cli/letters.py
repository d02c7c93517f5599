"""One call to a model as a terminal shows it: what became of it, and every word that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def letter(prompt: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a call: a head, then each message and the answer's schema whole."""
    label, fate, why = prompt["label"], prompt["fate"], prompt["why"]
    head = label if label == fate else f"{label}, {fate}{f': {why}' if why else ''}"
    to = f" to {prompt['model']}" if fate == "sent" else ""
    way = f", answer asked for in mode {prompt['mode']}" if prompt["mode"] else ""
    yield f"=== {prompt['role'].replace('_', '-')}: {head}{to}{way}"
    yield f"--- system\n{prompt['system']}\n--- task\n{prompt['task']}"
    for message in prompt["again"]:
        yield f"--- {message['role']}\n{message['text']}"
    if prompt["schema"] is not None:
        yield f"--- schema\n{json.dumps(prompt['schema'])}"
