"""What isn't part of an installation: the reader, a small model that reads statements on this machine."""

from __future__ import annotations

from collections.abc import Callable

from agent_graph.errors import BadInput
from agent_graph.llm.local import fetch
from agent_graph.llm.local.pinned import has_engine, is_fetched, models_dir, pinned, size


def fetch_reader(say: Callable[[str], None], agreed: Callable[[str], bool]) -> None:
    """Say what it takes, ask whether so much may be fetched ("1.1 GB"), and fetch it; begun again, it goes on.

    BadInput without a yes; MachineCannot, in one line, when it can't be had.
    """
    reader, folder, engine = pinned(), models_dir(), not has_engine()
    if not engine and fetch.is_right(reader, folder):
        say(f"{reader.name} is here, verified: {folder / reader.file}")
        return
    many = len(reader.parts)
    say(f"{reader.name} ({reader.licence}), {size(reader.bytes)} from {many} packages, into {folder}")
    if engine:
        say(f"{reader.engine.package} ({reader.engine.licence}), which runs it, into this environment")
    if not agreed(size(fetch.left(reader, folder) + (reader.engine.bytes if engine else 0))):
        raise BadInput("nothing was fetched")
    if engine:
        fetch.install_engine(reader)
    path = fetch.fetch(reader, folder, fetch.with_uv, say)
    say(f"{reader.name} is here, verified: {path}")


def reader_state() -> str:
    """Whether the reader is here, in a few words, with the remedy."""
    if not is_fetched():
        partly = pinned().bytes - fetch.left(pinned(), models_dir())
        some = f" ({size(partly)} of {size(pinned().bytes)} are here)" if partly else f", {size(pinned().bytes)}"
        return f"not fetched{some}: agent-graph fetch reader"
    if not has_engine():
        return "fetched, but xllamacpp, which runs it, is not installed: agent-graph fetch reader"
    return f"{pinned().name}, ready"
