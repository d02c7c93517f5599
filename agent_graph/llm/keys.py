"""Where keys come from, the environment or a keyring, and how they are kept out of every text."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable, Mapping

from pydantic import SecretStr

from agent_graph.llm.spec import ModelSpec

SHORTEST_SECRET = 8  # placeholders for local servers ("none", "EMPTY") are shorter, and words of their own
_SECRET_NAMES = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$")
_LOOKS_SECRET = re.compile(r"(?=.*\d)(?=.*[A-Za-z])\S{16,}")  # PARTITION_KEY=customer_id is a word of the problem
_NAMES = {"google": ("GOOGLE_API_KEY", "GEMINI_API_KEY")}


def key_names(spec: ModelSpec) -> tuple[str, ...]:
    """Environment variables (and keyring entries of the service "agent-graph") that may hold the key, best first."""
    if spec.provider == "local":
        return ()
    if spec.is_custom:
        return ("AGENT_GRAPH_LLM_KEY", "OPENAI_API_KEY")
    return _NAMES.get(spec.provider, (f"{spec.provider.upper()}_API_KEY",))


def find_key(spec: ModelSpec, environment: Mapping[str, str]) -> SecretStr | None:
    """The key of that model's server, or None."""
    names = key_names(spec)
    for name in names:
        if value := environment.get(name, "").strip():
            return SecretStr(value)
    return next((SecretStr(kept) for name in names if (kept := _from_keyring(name))), None)


def _from_keyring(name: str) -> str | None:
    if importlib.util.find_spec("keyring") is None:
        return None
    keyring = importlib.import_module("keyring")
    try:
        found: str | None = keyring.get_password("agent-graph", name)
    except keyring.errors.KeyringError:  # no keyring on a server is the normal case
        return None
    return found


class Scrubber:
    """Takes secrets out of a text that is about to be kept, shown or raised."""

    def __init__(self, keys: Iterable[SecretStr], environment: Mapping[str, str]) -> None:
        """`environment` adds what is named and looks like a secret: other clients read those by themselves."""
        values = {key.get_secret_value() for key in keys}
        named = (value.strip() for name, value in environment.items() if _SECRET_NAMES.search(name.upper()))
        values |= {value for value in named if _LOOKS_SECRET.fullmatch(value)}
        known = sorted((value for value in values if len(value) >= SHORTEST_SECRET), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text with every known secret replaced."""
        return self._pattern.sub("[secret]", text) if self._pattern else text

    def __repr__(self) -> str:
        """Says nothing of what it hides."""
        return "Scrubber()"
