"""The process that holds the model: a question a line on stdin, its answer a line on stdout, until stdin ends.

usage: python -m agent_graph.llm.local.worker MODEL.gguf THREADS CONTEXT
"""

from __future__ import annotations

import importlib
import json
import math
import os
import secrets
import sys
from typing import Any

from agent_graph.llm.local.walk import weights

TOKENS_SEEN = 400  # the likeliest next ones; the candidates' own are among them where the model names one at all


def main() -> None:
    """Load the model, say so, and answer."""
    path, threads, context = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    voice = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what llama.cpp prints is no answer
    ask = served(path, threads, context)
    print(json.dumps({"ready": True}), file=voice, flush=True)
    for line in sys.stdin:
        print(json.dumps(answered(ask, json.loads(line))), file=voice, flush=True)


def served(path: str, threads: int, context: int) -> Any:
    """The function that answers chat completions, as llama.cpp's server does."""
    xllamacpp = importlib.import_module("xllamacpp")
    wishes = xllamacpp.CommonParams()
    wishes.model.path, wishes.n_ctx, wishes.n_parallel, wishes.warmup = path, context, 1, False
    for cpu in (wishes.cpuparams, wishes.cpuparams_batch):
        cpu.n_threads, cpu.poll = threads, 0  # waiting threads sleep: spinning halves the speed of a busy machine
    wishes.api_keys = [secrets.token_hex(16)]  # its port, which nobody needs, answers nobody
    server = xllamacpp.Server(wishes)
    return server.handle_chat_completions


def answered(ask: Any, question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one line: text, finish and tokens, or an error with its type."""
    try:
        return _weighed(ask, question) if question["choice"] else _written(ask, question)
    except Failed as failed:
        return {"error": str(failed), "type": failed.type}


class Failed(Exception):
    """The server refused."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("message", error))[:300])
        self.type = str(error.get("type", ""))


def _written(ask: Any, question: dict[str, Any]) -> dict[str, Any]:
    sent = {name: question[name] for name in ("messages", "max_tokens", "temperature", "seed", "response_format")}
    found = _sent(ask, {name: value for name, value in sent.items() if value is not None})
    choice, usage = found["choices"][0], found.get("usage", {})
    return {
        "text": choice["message"].get("content") or "",
        "finish": choice.get("finish_reason", "unknown"),
        "prompt_tokens": usage.get("prompt_tokens"),
        "cached_tokens": (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0),
        "completion_tokens": usage.get("completion_tokens"),
    }


def _weighed(ask: Any, question: dict[str, Any]) -> dict[str, Any]:
    """How likely each candidate is: the prompt is read once, each further step of the walk is one token."""
    opening, usages = question["choice"]["opening"], []

    def next_tokens(beginning: str) -> list[tuple[bytes, float]]:
        messages = [*question["messages"], {"role": "assistant", "content": opening + beginning}]
        looked = {"messages": messages, "max_tokens": 1, "temperature": 0, "logprobs": True, "cache_prompt": True}
        found = _sent(ask, {**looked, "top_logprobs": TOKENS_SEEN})
        usages.append(found.get("usage", {}))
        seen = found["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        return [(bytes(token["bytes"]), math.exp(token["logprob"])) for token in seen]

    found = weights(question["choice"]["candidates"], next_tokens)
    return {
        "text": json.dumps({"p": [round(each, 6) for each in found]}),
        "finish": "stop",
        "prompt_tokens": usages[0].get("prompt_tokens"),
        "cached_tokens": (usages[0].get("prompt_tokens_details") or {}).get("cached_tokens", 0),
        "completion_tokens": len(usages),
    }


def _sent(ask: Any, sent: dict[str, Any]) -> dict[str, Any]:
    found = ask(sent)
    loaded: dict[str, Any] = json.loads(found) if isinstance(found, str | bytes) else found
    if "choices" not in loaded:
        raise Failed(loaded.get("error", loaded) if isinstance(loaded, dict) else {})
    return loaded


if __name__ == "__main__":
    main()
