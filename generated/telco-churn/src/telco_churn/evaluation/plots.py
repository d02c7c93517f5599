"""Pictures of an evaluation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BARS = 15


def drawn(report: dict[str, Any], truth: np.ndarray, predictions: np.ndarray, folder: Path) -> list[Path]:
    """All pictures of an evaluation's report and of the predictions that it judged."""
    return [
        importance_plot(report["importance"], folder / "importance.png"),
        reliability_plot(report["calibration"]["bins"], folder / "calibration.png"),
    ]


def importance_plot(importance: Sequence[dict[str, Any]], file: Path) -> Path:
    """Bars of the columns whose shuffling costs most."""
    figure, axes = _figure()
    shown = list(reversed(importance[:BARS]))
    # positions instead of names: two long names that are cut alike must stay two bars
    axes.barh(range(len(shown)), [one["loss_increase"] for one in shown])
    axes.set_yticks(range(len(shown)), [_plain(one["column"]) for one in shown])
    axes.set_xlabel("rise of the loss when the column is shuffled")
    return _save(figure, file)


def reliability_plot(bins: Sequence[dict[str, Any]], file: Path) -> Path:
    """Predicted against observed, tenth by tenth; on the diagonal all is well."""
    figure, axes = _figure()
    predicted, observed = [one["predicted"] for one in bins], [one["observed"] for one in bins]
    ends = [min(predicted + observed), max(predicted + observed)]
    axes.plot(ends, ends, linestyle="--", color="grey")
    axes.plot(predicted, observed, marker="o")
    axes.set_xlabel("predicted")
    axes.set_ylabel("observed")
    return _save(figure, file)


def _figure() -> tuple[Figure, Any]:
    figure = Figure(figsize=(6.4, 4.8), layout="tight")
    return figure, figure.add_subplot()


def _plain(name: str) -> str:
    """A column's name without the dollar signs that would start a formula."""
    return name.replace("$", r"\$")[:40]


def _save(figure: Figure, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    figure.savefig(file, metadata={"Software": ""})  # no version inside: the same numbers give the same bytes
    return file
