"""What can be set from outside, by environment variables AGENT_GRAPH_*."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Folders and limits of one installation."""

    model_config = SettingsConfigDict(env_prefix="AGENT_GRAPH_", frozen=True)

    projects: Path = Path("generated")
    state: Path | None = None  # checkpoints and caches; default: <projects>/.agent-graph
    sandbox: Literal["bwrap", "none"] = "bwrap"
    sandbox_binary: Path | None = None  # another bwrap than the bundled one
    tries: int = 3  # designs a role may make before the run goes on with what there is

    @property
    def state_dir(self) -> Path:
        """Folder of checkpoints, caches and sealed hold-outs."""
        return (self.state or self.projects / ".agent-graph").absolute()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
