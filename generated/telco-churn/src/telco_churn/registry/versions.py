"""Versions of the model: registered, promoted, rolled back, each with what it was trained on in its own folder.

Serving needs the exported folder alone, no catalogue.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import pandas as pd
import typer

from telco_churn.config import settings
from telco_churn.data.ingest import BATCH
from telco_churn.errors import BadInput, QualityGateFailed
from telco_churn.log import get_logger
from telco_churn.registry import catalogue

if TYPE_CHECKING:
    from telco_churn.models.model import Model

CHAMPION, CANDIDATE, PREVIOUS = "champion", "candidate", "previous"
POINTER = "current.json"  # in artifacts/serving: says which folder beside it is served
OUT_OF_FOLD, FACTS = "oof.csv", "trained.json"  # in a version's folder
logger = get_logger(__name__)


@dataclass(frozen=True)
class Trained:
    """When a version was trained, and the batches of the processed layer that it has seen."""

    at: str  # ISO 8601, UTC
    batches: list[str]

    @classmethod
    def of(cls, version: str) -> Self:
        """The facts of a registered version; BadInput when its folder has none."""
        return cls(**json.loads(_kept(version, FACTS).read_text(encoding="utf-8")))


def remember(folder: Path, frame: pd.DataFrame, predicted: pd.DataFrame) -> None:
    """Keep with a saved model what it was trained on (`frame`) and its out-of-fold predictions (`oof.to_frame`)."""
    facts = Trained(datetime.now(UTC).isoformat(timespec="seconds"), sorted(set(frame[BATCH].astype(str))))
    (folder / FACTS).write_text(json.dumps(asdict(facts), indent=2) + "\n", encoding="utf-8")
    predicted.to_csv(folder / OUT_OF_FOLD, index=False)


def out_of_fold_file(version: str) -> Path:
    """Predictions of a version's training rows by members that hadn't seen them; BadInput when they weren't kept."""
    return _kept(version, OUT_OF_FOLD)


def register(folder: Path, metrics: Mapping[str, float], tags: Mapping[str, str], *, candidate: bool = True) -> str:
    """Move a saved model to artifacts/models/<version>/ as a new version, by default the candidate; returns it.

    `tags` must hold `run_id`, the run that logged the same folder.
    """
    facts = {**tags, **{f"metric.{name}": f"{value:.6g}" for name, value in metrics.items()}}
    version = catalogue.create(tags["run_id"], facts)
    description = json.loads((folder / "model.json").read_text(encoding="utf-8")) | {
        "version": version,
        "run_id": tags["run_id"],
    }
    (folder / "model.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    target = settings().models_dir / version
    shutil.rmtree(target, ignore_errors=True)  # left over from a store that has been deleted since
    folder.rename(target)
    if candidate:
        catalogue.name(CANDIDATE, version)
    return version


def promote(
    version: Annotated[str | None, typer.Option(help="registered version; default: the candidate")] = None,
    force: Annotated[bool, typer.Option("--force", help="although its evaluation is missing or failed")] = False,
) -> dict[str, Any]:
    """Make a version the champion and export it for serving; the old champion becomes the previous one."""
    chosen = str(version) if version is not None else aliased(CANDIDATE)
    if chosen is None:
        raise BadInput(f"nothing to promote: no version is the {CANDIDATE}; run train first")
    if not (settings().models_dir / chosen).is_dir():
        raise BadInput(f"version {chosen!r} isn't in {settings().models_dir}; known: {', '.join(_folders()) or 'none'}")
    if not force:
        _require_passed(chosen)
    old = aliased(CHAMPION)
    folder = _export(chosen)
    if old is not None and old != chosen:
        catalogue.name(PREVIOUS, old)
    catalogue.name(CHAMPION, chosen)
    _point_to(chosen, folder)
    logger.info("promoted", extra={"version": chosen, "previous": old, "force": force})
    return {"champion": chosen, "previous": aliased(PREVIOUS)}


def rollback() -> dict[str, Any]:
    """Bring the previous champion back; the present one becomes the previous."""
    champion_now, back = aliased(CHAMPION), aliased(PREVIOUS)
    if champion_now is None or back is None:
        raise BadInput("nothing to roll back to: no champion was promoted before the present one")
    folder = _export(back)
    catalogue.name(PREVIOUS, champion_now)
    catalogue.name(CHAMPION, back)
    _point_to(back, folder)
    logger.info("rolled back", extra={"version": back, "from": champion_now})
    return {"champion": back, "previous": champion_now}


def champion() -> "Model":
    """The served model, from artifacts/serving/ alone; BadInput when nothing was promoted."""
    from telco_churn.models.model import Model

    return Model.load(champion_folder())


def champion_folder() -> Path:
    """Where the served model lies; BadInput when nothing was promoted."""
    try:
        return exported()
    except FileNotFoundError as error:
        raise BadInput(f"{error.filename} is missing, so no model is served: run train, evaluate and promote") from None


def exported() -> Path:
    """The folder that the pointer names; FileNotFoundError when nothing was promoted."""
    pointer = settings().serving_dir / POINTER
    return settings().serving_dir / str(json.loads(pointer.read_text(encoding="utf-8"))["folder"])


def versions() -> list[dict[str, Any]]:
    """All registered versions, the newest first, with their aliases and tags."""
    names = {number: alias for alias, number in catalogue.names().items()}
    return [{"version": number, "alias": names.get(number), "tags": tags} for number, tags in catalogue.versions()]


def record_evaluation(version: str, passed: bool) -> None:
    """Note on a version whether its evaluation passed; promotion asks for it."""
    catalogue.tag(version, "evaluation", "passed" if passed else "failed")


def aliased(alias: str) -> str | None:
    """The version under an alias, or None."""
    return catalogue.names().get(alias)


def _require_passed(version: str) -> None:
    verdict = catalogue.tags(version).get("evaluation")
    if verdict != "passed":
        said = "failed its evaluation" if verdict == "failed" else "has no evaluation: run evaluate"
        raise QualityGateFailed(f"version {version} {said}; --force promotes it all the same")


def _export(version: str) -> str:
    """Copy a version beside the served one and return its folder's name; only then may the pointer move.

    The name holds a digest of the content, for a registry that was lost counts from 1 again: another model is
    another folder. Exports older than the served one are removed.
    """
    serving, source = settings().serving_dir, settings().models_dir / version
    serving.mkdir(parents=True, exist_ok=True)
    name = f"{version}-{content_digest(source)[:16]}"
    target, partial = serving / name, serving / f".{name}.partial"
    if not target.is_dir() or content_digest(target) != content_digest(source):  # absent or damaged
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(source, partial, ignore=shutil.ignore_patterns(OUT_OF_FOLD))
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    kept = {name, exported().name} if (serving / POINTER).is_file() else {name}
    for old in serving.iterdir():
        if old.is_dir() and old.name not in kept:
            shutil.rmtree(old)
    return name


def content_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a model's files but its out-of-fold answers, which nobody serves."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != OUT_OF_FOLD):
        for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes()):
            digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _point_to(version: str, folder: str) -> None:
    """One rename switches what is served: a reader sees the old version or the new one, never half of each."""
    pointer = settings().serving_dir / POINTER
    partial = pointer.with_suffix(".partial")
    facts = {"version": version, "folder": folder, "promoted_at": datetime.now(UTC).isoformat(timespec="seconds")}
    partial.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    partial.replace(pointer)


def _folders() -> list[str]:
    models = settings().models_dir
    return sorted(one.name for one in models.iterdir() if one.name.isdigit()) if models.is_dir() else []


def _kept(version: str, name: str) -> Path:
    path = settings().models_dir / version / name
    if not path.is_file():
        raise BadInput(
            f"{path} is missing, so nobody knows what version {version} was trained on: train and promote anew"
        )
    return path
