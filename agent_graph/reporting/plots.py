"""The report's pictures as self-contained SVG data URIs, drawn by matplotlib from the report's own numbers."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from typing import Any

from agent_graph.artifacts import Artifact, Bin, ExecutionReport, Importance

INK, BLUE, RED = "#1c2330", "#2a5db0", "#b3261e"


class Plot(Artifact):
    """One picture: `src` is a data URI."""

    title: str
    caption: str
    src: str


def plots(report: ExecutionReport) -> tuple[Plot, ...]:
    """The pictures that the report's numbers allow: calibration or residuals, importance, drift."""
    pictures = report.pictures
    drawn = []
    if pictures.calibration:
        caption = "Sealed rows: of those given a probability, how many really were. On the line is honest."
        drawn.append(_draw("Calibration", caption, lambda ax: _reliability(ax, pictures.calibration, limit=1.0)))
    if pictures.residuals:
        caption = "Sealed rows by decile of the prediction: mean predicted against mean actual."
        drawn.append(_draw("Predicted and actual", caption, lambda ax: _reliability(ax, pictures.residuals)))
    if pictures.importance:
        caption = (
            "Loss added in rows not learnt from when columns that belong together are shuffled, with its 95 % "
            "interval, as the project's own evaluation reports it."
        )
        if pictures.importance_agreement is not None:
            caption += f" Rank correlation of the leading ones in two halves: {pictures.importance_agreement:.2f}."
        leading = pictures.importance[:12]
        rows = [(_group(item), item.value) for item in leading]
        ends = [(item.low, item.high) for item in leading if item.low is not None and item.high is not None]
        drawn.append(_draw("What drives it", caption, lambda ax: _bars(ax, rows, "added loss", ends=ends)))
    if pictures.drift:
        rows = [(item.name, item.value) for item in pictures.drift[:12]]
        drawn.append(_draw("Drift", pictures.drift_kind, lambda ax: _bars(ax, rows, "PSI", mark=0.2)))
    return tuple(drawn)


def _draw(title: str, caption: str, paint: Callable[[Any], None]) -> Plot:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # fixed salt and no date: the same numbers give the same bytes
    with mpl.rc_context(
        {
            "svg.hashsalt": "agent-graph",
            "svg.fonttype": "none",
            "text.parse_math": False,
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    ):
        figure = Figure(figsize=(5.2, 3.6), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        paint(axes)
        axes.set_title(title, color=INK)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return Plot(title=title, caption=caption, src=f"data:image/svg+xml;base64,{encoded}")


def _reliability(axes: Any, bins: Sequence[Bin], limit: float | None = None) -> None:
    xs, ys = [b.predicted for b in bins], [b.actual for b in bins]
    low, high = (0.0, limit) if limit else (min(xs + ys), max(xs + ys))
    largest = max(b.rows for b in bins)
    axes.plot([low, high], [low, high], color="#9aa5b8", linewidth=1, linestyle="--")
    axes.plot(xs, ys, color=BLUE, linewidth=1.2)
    axes.scatter(xs, ys, s=[14 + 60 * b.rows / largest for b in bins], color=BLUE, alpha=0.75)
    axes.set_xlabel("predicted")
    axes.set_ylabel("actual")


def _group(item: Importance) -> str:
    """The leading column, and how many more belong to it."""
    return _short(item.column, 28 if not item.others else 24) + (f" +{len(item.others)}" if item.others else "")


def _bars(
    axes: Any,
    rows: Sequence[tuple[str, float]],
    label: str,
    mark: float | None = None,
    ends: Sequence[tuple[float, float]] = (),
) -> None:
    """Bars from top to bottom; `ends` of intervals are drawn where every bar has one."""
    names = [_short(name) for name, _ in rows][::-1]
    values = [value for _, value in rows][::-1]
    axes.barh(range(len(rows)), values, color=BLUE)
    axes.set_yticks(range(len(rows)), names)
    for place, (low, high) in enumerate(ends[::-1] if len(ends) == len(rows) else ()):
        axes.plot([low, high], [place, place], color=INK, linewidth=1)
    axes.set_xlabel(label)
    if mark is not None and max(values) > mark / 2:
        axes.axvline(mark, color=RED, linewidth=1, linestyle="--")


def _short(name: str, most: int = 28) -> str:
    line = "".join(c if c.isprintable() else "?" for c in name)
    return line if len(line) <= most else line[: most - 1] + "…"
