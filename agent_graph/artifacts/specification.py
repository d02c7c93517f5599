"""What the user asks for."""

from __future__ import annotations

from pydantic import Field

from agent_graph.artifacts.value import Artifact, Setting

Task = str  # the name of a kind of problem
Metric = str  # the name of one of its metrics


class Specification(Artifact):
    """Statement, data and wishes as given; `None` means: find out."""

    name: str = Field(description="folder name of the project, [a-z0-9-]")
    statement: str
    data: tuple[str, ...] = Field(description="absolute paths: files, folders or globs; the first is the main table")
    target: str | None = None
    task: Task | None = None
    metric: Metric | None = None
    time_column: str | None = None
    group_column: str | None = None
    budget_s: float = Field(default=60.0, gt=0, le=86_400, description="seconds that the search for a model may take")
    options: tuple[Setting, ...] = ()
    seed: int = Field(default=0, ge=0, lt=2**32)

    def option(self, key: str, default: str) -> str:
        """The value of one `--set key=value`, else `default`."""
        return next((setting.value for setting in self.options if setting.key == key), default)

    def listed(self, key: str) -> tuple[str, ...]:
        """The values of one `--set key=value,value`; () where it isn't given."""
        return tuple(value.strip() for value in self.option(key, "").split(",") if value.strip())
