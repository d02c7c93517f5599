"""Settings of the process (environment) and of the project (`config/*.yaml`)."""

from __future__ import annotations

import functools
import importlib
import os
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from telco_churn.errors import BadInput

# Nothing leaves this machine unasked; must be set before any library that would is imported.
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

ENV_PREFIX = "TELCO_CHURN_"
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader  # the same, ten times quicker


FILES: dict[str, str] = {  # of config/: what each may hold stands in the room that reads it
    "project": "config:ProjectFile",
    "data": "data:DataFile",
    "features": "features:FeaturesFile",
    "training": "training:TrainingFile",
    "monitoring": "monitoring:MonitoringFile",
    "performance": "serving:PerformanceFile",
    "serving": "serving.limits:ServingLimits",
}
PROCESS = "process"  # in an overlay: settings


class Section(BaseModel):
    """A part of a file of config/: of the type that is asked for, and no key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Problem(Section):
    top_k: int = Field(ge=1)


class ProjectFile(Section):
    """What config/project.yaml may hold."""

    problem: _Problem


class Settings(BaseSettings):
    """What differs between machines; each field is read from `TELCO_CHURN_<FIELD>`.

    Relative folders lie below `root`, which is the working directory unless it is set.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True)

    root: Path = Field(default_factory=Path.cwd)
    raw_dir: Path = Path("data/raw")
    data_dir: Path = Path("data")
    artifacts_dir: Path = Path("artifacts")
    config_dir: Path = Path("config")
    environment: Literal["dev", "staging", "prod"] | None = None
    pinned_model: Path | None = None  # the service answers with this model folder, whatever is promoted (canaries)
    tracking_uri: str | None = None  # of a shared tracking database; default: one below artifacts_dir
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    threads: int = Field(default=2, ge=1)

    def model_post_init(self, context: Any, /) -> None:
        """Make the folders absolute."""
        for name in ("raw_dir", "data_dir", "artifacts_dir", "config_dir"):
            object.__setattr__(self, name, self.root / getattr(self, name))

    @property
    def processed_dir(self) -> Path:
        """Typed, joined, labelled rows, one folder a batch."""
        return self.data_dir / "processed"

    @property
    def features_dir(self) -> Path:
        """Feature tables."""
        return self.data_dir / "features"

    @property
    def pipeline_dir(self) -> Path:
        """The fitted feature pipeline."""
        return self.artifacts_dir / "features" / "pipeline"

    @property
    def models_dir(self) -> Path:
        """One folder a registered version."""
        return self.artifacts_dir / "models"

    @property
    def serving_dir(self) -> Path:
        """The exported champion: all that a service needs."""
        return self.artifacts_dir / "serving"

    @property
    def reports_dir(self) -> Path:
        """JSON reports of the commands."""
        return self.artifacts_dir / "reports"

    @property
    def plots_dir(self) -> Path:
        """Pictures of the evaluation."""
        return self.artifacts_dir / "plots"

    @property
    def oof_file(self) -> Path:
        """Out-of-fold predictions of the candidate."""
        return self.artifacts_dir / "oof.csv"

    @property
    def monitoring_dir(self) -> Path:
        """Reference distributions and monitoring reports."""
        return self.artifacts_dir / "monitoring"


@functools.cache
def settings() -> Settings:
    """The settings of this process, read once: the environment's variables first, then its overlay's `process` part."""
    try:
        given = Settings()
        process = _overlay(given).get(PROCESS, {})
        return Settings(**{key: value for key, value in process.items() if key not in given.model_fields_set})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        raise BadInput(f"{ENV_PREFIX}{name.upper()} can't be used: {first['msg']}") from None


@functools.cache
def load(name: str) -> dict[str, Any]:
    """The content of `config/<name>.yaml`, read once, with what the environment's overlay changes in it.

    BadInput when the file is missing or no mapping, and for the first key that is unknown, missing or of no use.
    """
    content = _merged(_mapping(settings().config_dir / f"{name}.yaml"), _overlay(settings()).get(name, {}))
    if name in FILES:
        module, _, model = FILES[name].partition(":")
        _check(name, getattr(importlib.import_module(f"{__package__}.{module}"), model), content)
    return content


def _check(name: str, model: type[BaseModel], content: dict[str, Any]) -> None:
    """BadInput names the key that is wrong, and what is allowed."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key, wrong = ".".join(str(part) for part in first["loc"]), first["msg"].removeprefix("Value error, ")
        told = ": ".join(filter(None, (f"config/{name}.yaml", key, wrong[:1].lower() + wrong[1:])))
        raise BadInput(told) from None


def _overlay(given: Settings) -> dict[str, Any]:
    """What `config/environments/<environment>.yaml` changes: name of a config file (or `process`) to its new values."""
    if given.environment is None:
        return {}
    path = given.config_dir / "environments" / f"{given.environment}.yaml"
    changes = _mapping(path)
    for name, changed in changes.items():
        if name not in (PROCESS, *FILES) or not isinstance(changed, dict):
            raise BadInput(f"{path}: {name}: no mapping of the keys that change in {', '.join((PROCESS, *FILES))}")
    return changes


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it, key by key; a list is replaced as a whole."""
    result = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  # either is a safe one
    except FileNotFoundError:
        raise BadInput(f"{path} is missing: run the command in the project's root, or set {ENV_PREFIX}ROOT") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{path} is no YAML: {error}") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path} must hold a mapping")
    return content


def reset() -> None:
    """Forget what was read, so that the next call sees a changed environment or changed files."""
    settings.cache_clear()
    load.cache_clear()
