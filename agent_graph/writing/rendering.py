"""Designs in, files out: templates rendered with values that enter code only through quoting filters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from agent_graph.artifacts import Artifact
from agent_graph.resources import resource
from agent_graph.writing import code

SUFFIX = ".jinja"
SKELETON = "_skeleton"  # laid at intake, so that the first agents have a package to work in
SKELETON_OWNER = "python_pro"


def py(value: object) -> str:
    """A Python literal of a plain value: text, number, None, bool, and lists, tuples, dicts of these."""
    if isinstance(value, float) and value != value:
        return 'float("nan")'
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    if isinstance(value, str):
        return json.dumps(value) if value.isascii() and value.isprintable() else ascii(value)
    if isinstance(value, (bool, int, float)) or value is None:
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{py(key)}: {py(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(py(item) for item in value) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, list):
        return "[" + ", ".join(py(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} can't become a Python literal")


def plain(value: object) -> object:
    """JSON-able form of artifacts and containers of them."""
    if isinstance(value, Artifact):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def to_json(value: object, indent: int | None = None) -> str:
    """JSON text, also a YAML flow value and, for text, a TOML string: ASCII but for signs beyond the basic plane."""
    text = json.dumps(plain(value), indent=indent, ensure_ascii=False)
    return re.sub("[\x7f-\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def to_yaml(value: object, indent: int = 0) -> str:
    """A YAML block of a plain value or artifact, indented by `indent` spaces, without a final newline."""
    text = yaml.safe_dump(plain(value), sort_keys=False, allow_unicode=False, width=110, default_flow_style=False)
    text = text.removesuffix("...\n").rstrip("\n")
    return text.replace("\n", "\n" + " " * indent)


def md(value: object) -> str:
    """Text on one line in which Markdown and HTML have no power."""
    line = " ".join(str(value).split())
    return re.sub(r"([\\`*_{}\[\]<>|#~$&])", r"\\\1", line)


def comment(value: object) -> str:
    """Text for the rest of a comment line: no line break or control character can end it."""
    line = " ".join(str(value).split())
    return "".join(character if character.isprintable() else "?" for character in line)


def ident(value: str) -> str:
    """A snake_case identifier that resembles the text: `Effect Amount of damage` gives `effect_amount_of_damage`."""
    name = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")[:60].strip("_") or "column"
    return f"c_{name}" if name[0].isdigit() else name


def environment(*, autoescape: bool = False) -> jinja2.Environment:
    """A template environment, strict about undefined names. Code and YAML are quoted by filters, HTML escapes."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=autoescape,  # noqa: S701  # off for code and YAML, which py, json and yaml quote
    )
    env.filters.update(py=py, json=to_json, yaml=to_yaml, md=md, comment=comment, ident=ident)
    env.filters.update(function=code.function, imports=code.imports)  # inspected code: the one text that isn't quoted
    return env


@lru_cache(maxsize=1)
def for_files() -> jinja2.Environment:
    """The environment of generated files, kept: it holds every template that is compiled already."""
    return environment()


def folders(role: str, design: Artifact) -> tuple[str, ...]:
    """Template folders of a role's contribution: `common`, then `<choice>/<option>` as the design chooses."""
    root = resource("templates") / role
    chosen = []
    for choice in sorted(path.name for path in root.iterdir() if path.is_dir() and path.name != "common"):
        option = root / choice / str(getattr(design, choice))
        if not option.is_dir():
            raise FileNotFoundError(f"templates/{role}/{choice}/{option.name} is missing")
        chosen.append(f"{role}/{choice}/{option.name}")
    return (f"{role}/common", *chosen)


def options() -> dict[str, tuple[str, ...]]:
    """What `--set choice=option` may say: every choice that has template folders, with its options."""
    known: dict[str, tuple[str, ...]] = {}
    for choice in sorted(resource("templates").glob("[a-z]*/[a-z]*")):
        if choice.is_dir() and choice.name != "common":
            known[choice.name] = tuple(sorted(path.name for path in choice.iterdir() if path.is_dir()))
    return known


def render(folder: str, context: Mapping[str, Any]) -> dict[str, str]:
    """All files of one template folder, by their path in the generated project.

    `__package__` in a path is the package's name; `.jinja` files are rendered, others copied; a file that renders to
    nothing but white space is left out, so a template can decide that a project doesn't need it.
    """
    root = resource("templates")
    env = for_files()
    files: dict[str, str] = {}
    for path in sorted(p for p in (root / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        target = path.relative_to(root / folder).as_posix().replace("__package__", context["manifest"].package)
        if path.name.endswith(SUFFIX):
            text = env.get_template(path.relative_to(root).as_posix()).render(context)
            target = target.removesuffix(SUFFIX)
        else:
            text = path.read_text(encoding="utf-8")
        if text.strip() or Path(target).name in ("__init__.py", "py.typed"):
            files[target] = text.rstrip("\n") + "\n" if text.strip() else ""
    return files
