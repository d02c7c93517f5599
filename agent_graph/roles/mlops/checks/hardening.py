"""No secret in clear text: in what a cluster would get, and in every file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent_graph.bench import Findings
from agent_graph.measuring import reading
from agent_graph.measuring.cluster import Environments, RenderError, pod, rendered
from agent_graph.sandbox.packages import LOCKS

SHOWN = 6
SECRET_NAME = re.compile(r"(?i)(?:password|passwd|secret|token|api_?key|access_?key|private_?key|credential)s?$")
SECRET_TEXT = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}"
    r"|AIza[\w-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b[a-z][a-z0-9+]*://[^\s:@/${}<>\"']+:[^\s:@/${}<>\"']+@"
)


def check(tree: Path, findings: Findings) -> None:
    """`no_secrets` over every environment as rendered, and over every text."""
    try:
        environments: Environments = rendered(tree)
    except RenderError:
        environments = {}  # the packaging's own checks say so
    secrets = [*_named_secrets(environments), *_written_secrets(tree)]
    text = "no manifest gives a secret's value, and no file holds a text that looks like a key or a password"
    findings.add("no_secrets", not secrets, "; ".join(secrets[:SHOWN]) or text)


def _named_secrets(environments: Environments) -> Iterator[str]:
    """Settings whose name says that they are secret, with a value beside it."""
    for environment, found in environments.items():
        for document in found:
            where = f"{environment}: {document['kind']}/{document['metadata']['name']}"
            given: dict[str, Any] = {}
            if document["kind"] in ("ConfigMap", "Secret"):
                given |= {**(document.get("data") or {}), **(document.get("stringData") or {})}
            for container in (pod(document) or {}).get("containers", ()):
                given |= {each["name"]: each.get("value") for each in container.get("env", ())}
            whole = document["kind"] == "Secret"
            yield from (f"{where} holds {key}" for key, value in given.items()
                        if value and (whole or SECRET_NAME.search(key)))  # fmt: skip


def _written_secrets(tree: Path) -> Iterator[str]:
    for path, text in reading.texts(tree):
        if path not in LOCKS and (match := SECRET_TEXT.search(text)):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line} looks like a key or a password ({match[0][:8]}…)"
