"""Designs in, files out: templates rendered with values that enter code only through quoting filters."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from agent_graph import register
from agent_graph.artifacts import Artifact, Setting, Stack
from agent_graph.kind import Kind
from agent_graph.resources import resource
from agent_graph.writing import code, packages

SUFFIX = ".jinja"
SKELETON = "_skeleton"  # of templates/, laid at intake, so that the first agents have a package to work in
SKELETON_OWNER = "python_pro"
_SMALL = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\d.])(-?\d+)(e[-+]\d+)')  # to YAML 1.1, 1e-06 is a text: it wants 1.0e-06


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
    text = _SMALL.sub(lambda found: f"{found[1]}.0{found[2]}" if found[1] else found[0], text)
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


@dataclass(frozen=True)
class TemplateFolder:
    """A folder that is laid over a project: where it lies, and what the loader calls it."""

    name: str
    path: Path


def environment(*, autoescape: bool = False) -> jinja2.Environment:
    """A template environment, strict about undefined names. Code and YAML are quoted by filters, HTML escapes."""
    places: dict[str, jinja2.BaseLoader] = {
        folder.name: jinja2.FileSystemLoader(folder.path) for folder in (*_option_folders(), *_kind_folders())
    }
    env = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(resource("templates")), jinja2.PrefixLoader(places, ":")]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=autoescape,  # noqa: S701  # off for code and YAML, which py, json and yaml quote
    )
    env.filters.update(py=py, json=to_json, yaml=to_yaml, md=md, comment=comment, ident=ident)
    env.filters.update(function=code.function, imports=code.imports)  # inspected code: the one text that isn't quoted
    env.globals.update(joint=joint, needed=needed, says=says)
    return env


@lru_cache(maxsize=1)
def for_files() -> jinja2.Environment:
    """The environment of generated files, kept: it holds every template that is compiled already."""
    return environment()


def _option_folders() -> list[TemplateFolder]:
    """Where the templates of choices and options lie."""
    shared = [TemplateFolder(name, choice.folder) for name, choice in register.choices().items()]
    return [*shared, *(TemplateFolder(f"{o.choice}/{o.name}", o.folder) for o in register.options().values())]


def _kind_folders() -> list[TemplateFolder]:
    """Where the templates of kinds of problem lie, and of what their answers are."""
    return [folder for kind in register.kinds().values() if kind.built for folder in _of_kind(kind)]


def _of_kind(kind: Kind) -> tuple[TemplateFolder, TemplateFolder]:
    """What its shape brings, over which its own is laid."""
    shape = kind.shape
    return TemplateFolder(f"shape/{shape.name}", shape.folder), TemplateFolder(f"kind/{kind.name}", kind.folder)


def folders(role: str, stack: Stack, kind: Kind) -> tuple[TemplateFolder, ...]:
    """Template folders of a role's contribution, each laid over those before it.

    Its own, then what the kind of problem brings for it, then those of the chosen options.
    """
    found = [own(f"{role}/common")]
    wings = [*_of_kind(kind)]
    for option in register.chosen(stack):
        choice = register.choices()[option.choice]
        wings.append(TemplateFolder(choice.name, choice.folder))
        wings.append(TemplateFolder(f"{choice.name}/{option.name}", option.folder))
    found += [TemplateFolder(f"{wing.name}:files/{role}", wing.path / "files" / role) for wing in wings]
    return tuple(folder for folder in found if folder.path.is_dir())


def own(name: str) -> TemplateFolder:
    """A folder of `templates/`, which every project has."""
    return TemplateFolder(name, resource("templates") / name)


@jinja2.pass_context
def joint(context: jinja2.runtime.Context, name: str) -> str:
    """What is brought to a place of a file that is shared: by the kind of problem, or else what its answers are, then
    by the chosen options in the order of their choices.

    KeyError for a place that `joints.toml` doesn't tell of.
    """
    if name not in joints():
        raise KeyError(f"joints.toml tells of no place {name!r}")
    inner = f"joints/{name}{SUFFIX}"
    shape, own_kind = _of_kind(context["kind"])
    wings = [own_kind if (own_kind.path / inner).is_file() else shape]
    for option in register.chosen(context.get("stack", Stack())):
        wings.append(TemplateFolder(f"{option.choice}/{option.name}", option.folder))
    pieces = [
        context.environment.get_template(f"{wing.name}:{inner}").render(context.get_all()).strip("\n")
        for wing in wings
        if (wing.path / inner).is_file()
    ]
    return "".join(f"{piece}\n" for piece in pieces)


@jinja2.pass_context
def says(context: jinja2.runtime.Context, choice: str) -> Any:
    """What the chosen option of a choice says of itself."""
    return register.option_of(context.get("stack", Stack()), choice).says


@dataclass(frozen=True)
class Needed:
    """What a project is installed with: names with the oldest versions that work, the locks of all and of what runs."""

    runtime: tuple[Setting, ...]
    dev: tuple[Setting, ...]
    lock: str
    run_lock: str


@jinja2.pass_context
def needed(context: jinja2.runtime.Context) -> Needed:
    """As the hardening design says, and before there is one what any of its members could import."""
    design, stack = context.get("hardening"), context.get("stack", Stack())
    runtime = design.dependencies if design else packages.runtime(tuple(packages.MEMBERS), stack)
    dev = design.dev_dependencies if design else packages.dev(stack)
    run = [each.key for each in runtime]
    whole = packages.lock([*run, *(each.key for each in dev)])
    return Needed(runtime, dev, whole, packages.lock(run, head=""))


@lru_cache(maxsize=1)
def joints() -> Mapping[str, str]:
    """The places of shared files that options may bring a piece to, each with a sentence."""
    return tomllib.loads((Path(__file__).parent / "joints.toml").read_text("utf-8"))


def render(folder: TemplateFolder, context: Mapping[str, Any]) -> dict[str, str]:
    """All files of one template folder, by their path in the generated project.

    `context` holds the problem, the manifest and the designs; what is true of the problem's kind is laid beside them.
    `__package__` in a path is the package's name; `.jinja` files are rendered, others copied; a file that renders to
    nothing but white space is left out, so a template can decide that a project doesn't need it.
    """
    env = for_files()
    context = {"kind": register.kind_of(context["problem"]), **context}
    files: dict[str, str] = {}
    for path in sorted(p for p in folder.path.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        inner = path.relative_to(folder.path).as_posix()
        target = inner.replace("__package__", context["manifest"].package)
        if path.name.endswith(SUFFIX):
            text = env.get_template(f"{folder.name}/{inner}").render(context)
            target = target.removesuffix(SUFFIX)
        else:
            text = path.read_text(encoding="utf-8")
        if text.strip() or Path(target).name in ("__init__.py", "py.typed"):
            files[target] = text.rstrip("\n") + "\n" if text.strip() else ""
    return files
