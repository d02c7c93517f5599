"""What can be set from outside, by environment variables AGENT_GRAPH_*."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_graph.backends import Backend


class Settings(BaseSettings):
    """Folders and limits of one installation."""

    model_config = SettingsConfigDict(env_prefix="AGENT_GRAPH_", frozen=True)

    projects: Path = Path("generated")
    state: Path | None = None  # checkpoints and sealed data; default: <projects>/.agent-graph
    cache: Path | None = None  # what is keyed by content: runtimes, profiles, baselines; default: <state>/cache
    sandbox: Backend = "bwrap"
    sandbox_binary: Path | None = None  # another bwrap than the bundled one, or another docker or podman
    prices_file: Path | None = None  # TOML of prices per million tokens, before the bundled ones
    vulnerabilities: str = "https://api.osv.dev/v1/querybatch"  # who is asked about locked versions; "": nobody
    tries: int = 3  # designs a role may make before the run goes on with what there is

    @property
    def state_dir(self) -> Path:
        """Folder of checkpoints, caches and sealed hold-outs."""
        return (self.state or self.projects / ".agent-graph").absolute()

    @property
    def cache_dir(self) -> Path:
        """Folder of what may be thrown away and made again."""
        return (self.cache or self.state_dir / "cache").absolute()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
