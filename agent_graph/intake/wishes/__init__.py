"""What a person wants beside the question: tools and limits, what is done with the answer, how it is tested."""

from __future__ import annotations

from agent_graph.artifacts.reading import Act
from agent_graph.artifacts.value import Setting
from agent_graph.intake.wishes.acting import bars_in, groups_in, how_many, ranges_in, reasons_in
from agent_graph.intake.wishes.costs import costs_in
from agent_graph.intake.wishes.found import Ahead, Found, Tested, Wished
from agent_graph.intake.wishes.horizon import horizon_in, steps_ahead
from agent_graph.intake.wishes.judging import metrics_in
from agent_graph.intake.wishes.limits import limits_in, schedule_in
from agent_graph.intake.wishes.moments import moment_in, unit_in
from agent_graph.intake.wishes.page import Page
from agent_graph.intake.wishes.splitting import split_in
from agent_graph.intake.wishes.stack import places_in, tools_in

__all__ = ["Ahead", "Found", "Tested", "Wished", "read_wishes", "steps_ahead"]


def read_wishes(statement: str) -> Wished:
    """All that the words of a statement wish, in ten languages; nothing of it where nothing is said."""
    page = Page(statement)
    tools, declined = tools_in(page)
    stack = _once((*tools, *places_in(page, tools), *limits_in(page), *([when] if (when := schedule_in(page)) else [])))
    horizon = horizon_in(page)
    found = _acts(page, ahead=horizon.count is not None)
    act = _act((*found, *(one for one in stack if one.key == "latency_ms")))
    return Wished(
        languages=page.languages,
        stack=stack,
        declined=declined,
        act=act,
        act_found=found,
        horizon=horizon,
        split=split_in(page),
        metric=metrics_in(page, act),
        moment=moment_in(page),
        unit=unit_in(page),
    )


def _once(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Each key's value once, the surest first."""
    kept: dict[tuple[str, str], Found] = {}
    for one in sorted(found, key=lambda each: -each.confidence):
        kept.setdefault((one.key, one.value), one)
    return tuple(kept.values())


def _acts(page: Page, *, ahead: bool) -> tuple[Found, ...]:
    ranges = tuple(ranges_in(page))
    cost, few = costs_in(page), how_many(page)
    costs = (cost.found(),) if cost else ()
    bars = tuple(bars_in(page, (*ranges, *costs)))
    if few and any(one.start <= few.start < one.end for one in (*ranges, *costs)):
        few = None
    return (*ranges, *costs, *bars, *([few] if few else []), *reasons_in(page), *groups_in(page, ahead=ahead))


def _act(found: tuple[Found, ...]) -> Act:
    """The act of the things found; of two values for one key the surer."""
    by: dict[str, str] = {}
    for one in sorted(found, key=lambda each: -each.confidence):
        by.setdefault(one.key, one.value)
    bars = tuple(Setting(key=key, value=by[key]) for key in ("probability", "recall", "precision") if key in by)
    alarm, _, miss = by.get("costs", "").partition(",")
    return Act(
        top_k=int(float(by["top_k"])) if "top_k" in by else None,
        costs=(float(alarm), float(miss)) if miss else None,
        threshold=bars,
        interval=float(by["interval"]) if "interval" in by else None,
        quantile=float(by["quantile"]) if "quantile" in by else None,
        explain="explain" in by,
        per_group=by.get("per_group", ""),
        latency_ms=float(by["latency_ms"]) if "latency_ms" in by else None,
    )
