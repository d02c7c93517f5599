"""By what the answers are to be judged, as far as the words say: named metrics, and what words mean one."""

from __future__ import annotations

from collections.abc import Iterator

from agent_graph.artifacts.reading import Act
from agent_graph.intake.wishes.acting import found_at
from agent_graph.intake.wishes.found import Found
from agent_graph.intake.wishes.page import Page
from agent_graph.intake.wishes.phrases import cues, pattern, table

NAMED, MEANT, FOLLOWS = 0.96, 0.78, 0.6
TOPICS = ("relative", "summed", "rare", "ordered", "big", "absolute")


def metrics_in(page: Page, act: Act) -> tuple[Found, ...]:
    """Candidates for the metric, likeliest first, whatever the task; the task decides which of them fits."""
    kept: dict[str, Found] = {}
    for one in sorted(_candidates(page, act), key=lambda found: -found.confidence):
        kept.setdefault(one.value, one)
    return tuple(kept.values())


def _candidates(page: Page, act: Act) -> Iterator[Found]:
    named = [
        (name, hit)
        for name, phrases in table("judged")["named"]["any"].items()
        for hit in page.hits(pattern(tuple(phrases)))
    ]
    for name, hit in named:
        within = any(one.at <= hit.at and hit.to <= one.to and one.to - one.at > hit.to - hit.at for _, one in named)
        if not within:
            yield found_at("metric", name, hit, NAMED)
    for topic in TOPICS:
        for hit in page.hits(cues("judged", topic, page.languages)):
            for place, name in enumerate(table("judged")["means"][topic].split()):
                yield found_at("metric", name, hit, MEANT - 0.05 * place)
            break
    yield from _followed(act)


def _followed(act: Act) -> Iterator[Found]:
    """Metrics that what is done with the answer brings along."""
    ways = (
        (act.top_k is not None, "precision_at_k"),
        (act.costs is not None, "cost"),
        (act.quantile is not None, "pinball"),
    )
    for told, name in ways:
        if told:
            yield Found(key="metric", value=name, words="", start=0, end=0, confidence=FOLLOWS)
