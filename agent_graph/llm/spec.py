"""Which model answers for which role: the words after `--model`, read once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agent_graph.artifacts import ROLE_NAMES
from agent_graph.errors import BadInput

OPENAI_URL = "https://api.openai.com/v1"
FORMS = "playbook, openai:NAME, NAME@BASE_URL, anthropic:NAME, google:NAME, local, local:FILE or ROLE=one of these"
READER = "qwen2.5-coder-1.5b"  # what `local` is: the model that `agent-graph fetch reader` fetches
INTAKE = "intake"  # no role: it writes no design, but what it makes of a statement may be asked of a model
ASKED = (*ROLE_NAMES, INTAKE)  # who may have a model of their own


@dataclass(frozen=True)
class ModelSpec:
    """One model: who serves it, its name there, and for OpenAI-compatible servers the address. Never a key."""

    provider: str  # "playbook", "local", "openai", "anthropic", "google", or another that LangChain knows
    name: str = ""  # of a local one that isn't READER, its file's absolute path
    base_url: str = ""  # of OpenAI's protocol only

    @property
    def is_playbook(self) -> bool:
        """Whether no model is to be asked."""
        return self.provider == "playbook"

    @property
    def is_custom(self) -> bool:
        """Whether somebody else than the provider itself serves the model."""
        return self.provider == "openai" and self.base_url != OPENAI_URL

    @property
    def server(self) -> str:
        """What is remembered about a server is kept under this name."""
        return self.base_url or self.provider

    def __str__(self) -> str:
        """The words that parse back to this: what reports, prices and recordings call the model."""
        if self.is_playbook:
            return "playbook"
        return f"{self.name}@{self.base_url}" if self.is_custom else f"{self.provider}:{self.name}"


PLAYBOOK = ModelSpec("playbook")


@dataclass(frozen=True)
class Models:
    """The model of every role: one for all, and exceptions."""

    default: ModelSpec = PLAYBOOK
    by_role: tuple[tuple[str, ModelSpec], ...] = ()

    def of(self, role: str) -> ModelSpec:
        """The model that answers for that role."""
        return dict(self.by_role).get(role, self.default)

    @property
    def all(self) -> tuple[ModelSpec, ...]:
        """Every model named, without the playbook, each once."""
        named = (self.default, *(spec for _, spec in self.by_role))
        return tuple(dict.fromkeys(spec for spec in named if not spec.is_playbook))


def parse_models(
    words: Sequence[str], base_url: str | None = None, environment: Mapping[str, str] | None = None
) -> Models:
    """The models of a run from every `--model` and `--base-url`; none given means the playbook. BadInput otherwise."""
    default, by_role = PLAYBOOK, {}
    for word in words:
        role, text = _role_and_text(word)
        spec = parse_model(text, base_url, environment)
        if role:
            by_role[role] = spec
        else:
            default = spec
    return Models(default, tuple(by_role.items()))


def parse_model(text: str, base_url: str | None = None, environment: Mapping[str, str] | None = None) -> ModelSpec:
    """One model from its words; `base_url` holds where the words name no server. BadInput with the forms there are."""
    text = text.strip()
    if text == "playbook":
        return PLAYBOOK
    provider, colon, rest = text.partition(":")
    if provider == "local":
        return _local(rest, text) if colon else ModelSpec("local", READER)
    name, marker, address = text.rpartition("@http")
    if marker:
        return ModelSpec("openai", _name(name.removeprefix("openai:"), text), _address("http" + address))
    if provider == "openai" and colon:
        environment = os.environ if environment is None else environment
        return ModelSpec(
            "openai", _name(rest, text), _address(base_url or environment.get("OPENAI_BASE_URL") or OPENAI_URL)
        )
    if provider in ("anthropic", "google") and colon:
        return ModelSpec(provider, _name(rest, text))
    if base_url:  # names of local servers have colons of their own: qwen2.5-coder:7b
        return ModelSpec("openai", _name(text, text), _address(base_url))
    if colon and re.fullmatch(r"[a-z][a-z_]*", provider):
        return ModelSpec(provider, _name(rest, text))
    raise BadInput(f"--model {text!r} names no provider and no server: write {FORMS}")


def _role_and_text(word: str) -> tuple[str, str]:
    role, equals, text = word.partition("=")
    if not equals or not re.fullmatch(r"[a-z_-]+", role.strip()):
        return "", word
    role = role.strip().replace("-", "_")
    if role not in ASKED:
        raise BadInput(f"--model {word!r}: {role!r} is no role; the roles are {', '.join(ASKED)}")
    return role, text


def _local(rest: str, text: str) -> ModelSpec:
    """A file of the user's; a run may be resumed from another folder."""
    name = _name(rest, text)
    return ModelSpec("local", name if name == READER else str(Path(name).expanduser().absolute()))


def _name(name: str, text: str) -> str:
    if not name.strip() or not name.isprintable():
        raise BadInput(f"--model {text!r} lacks the model's name: write {FORMS}")
    return name.strip()


def _address(address: str) -> str:
    """The base URL in one spelling. Keys don't belong into it: it is printed, recorded and stored."""
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadInput("the base URL can't be read: write it as http://localhost:11434/v1") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadInput("a base URL holds no user, password or query: put the key into the environment instead")
    if parts.scheme not in ("http", "https") or not host:
        raise BadInput(f"base URL {address!r} is no web address: write it as http://localhost:11434/v1")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}".rstrip("/")
