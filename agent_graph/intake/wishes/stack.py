"""Tools and places: by what it is to be served, run, watched and kept, and where it must stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from agent_graph import register
from agent_graph.intake.evidence.letters import fold
from agent_graph.intake.wishes.found import Found
from agent_graph.intake.wishes.page import Hit, Page
from agent_graph.intake.wishes.phrases import cues, pattern, table
from agent_graph.profiling.names import lexicon

MEANT = 0.95  # of near meaning, where no cue stands
# Names of people, gods, ships and things, which a capital doesn't tell from tools.
COMMON = lexicon(
    "luigi jenkins neptune comet argo nomad spark lambda mage flask glue athena synapse sentry bento singularity ecs "
    "evidently vertex triton"
)
REACH = 5  # words that a negation reaches over
NAMED, IMPLIED, LOOSE, TOLD = 0.97, 0.8, 0.9, 0.88


@dataclass(frozen=True)
class _Tool:
    key: str
    value: str
    pattern: re.Pattern[str]
    loose: bool
    implies: tuple[str, ...]


@lru_cache(maxsize=1)
def _tools() -> tuple[_Tool, ...]:
    found = []
    for key, options in table("tools").items():
        for option, rule in options.items():
            for names, loose in ((rule.get("names", ()), False), (rule.get("loose", ()), True)):
                if names:
                    value, implied = rule.get("value", option), tuple(rule.get("implies", ()))
                    found.append(_Tool(key, value, pattern(tuple(map(_inflected, names))), loose, implied))
    told = {(tool.key, tool.value) for tool in found}
    found += (
        _Tool(choice, name, pattern(tuple(map(_inflected, (name, *option.words)))), False, ())
        for (choice, name), option in register.options().items()
        if (choice, name) not in told
    )
    return tuple(found)


def _inflected(name: str) -> str:
    """A name of one long word with any ending, as Polish, Turkish and Swedish give it one."""
    return f"{name}*" if len(name) >= 6 and name.isalpha() and name.lower() not in ("docker", "podman") else name


def tools_in(page: Page) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """Tools that are wished, and those that are named to be left out; each once, in the order of the words."""
    wished: dict[tuple[str, str], Found] = {}
    declined: dict[tuple[str, str], Found] = {}
    for tool in _tools():
        for hit in page.hits(tool.pattern):
            if tool.loose and not _meant(page, hit):
                continue
            sure = LOOSE if tool.loose else NAMED
            into = declined if negated(page, hit) else wished
            into.setdefault((tool.key, tool.value), _found(tool.key, tool.value, hit, sure))
            for implied in tool.implies:
                key, _, value = implied.partition("=")
                into.setdefault((key, value), _found(key, value, hit, IMPLIED))
    return _ordered(wished), _ordered({key: one for key, one in declined.items() if key not in wished})


def _ordered(found: dict[tuple[str, str], Found]) -> tuple[Found, ...]:
    return tuple(sorted(found.values(), key=lambda one: (-one.confidence, one.start)))


def _found(key: str, value: str, hit: Hit, sure: float) -> Found:
    return Found(key=key, value=value, words=hit.words, start=hit.start, end=hit.end, confidence=sure)


def _meant(page: Page, hit: Hit) -> bool:
    """Whether a name that is a common word, too, names the tool: capitalised, where the talk is of computing."""
    capital = hit.words[:1].isupper()
    if not capital and any(sign.isupper() for sign in page.text):
        return False
    if capital and page.clause(hit.at)[0] < hit.at and fold(hit.words) not in COMMON:
        return True
    begin, end = page.clause(hit.at)
    around = page.line[begin : hit.at] + "_ " + page.line[hit.to : end]
    return cues("stack", "computing", page.languages).search(around) is not None or any(
        tool.pattern.search(around) for tool in _tools() if not tool.loose
    )


def negated(page: Page, hit: Hit) -> bool:
    """Whether the words around a name turn it away: "no Docker", "instead of Airflow", "Docker istemiyoruz"."""
    begin, end = page.clause(hit.at)
    before = page.line[begin : hit.at].rpartition(", ")[2].split(" ")[-REACH - 1 :]
    after = page.line[hit.to : end].partition(",")[0].split(" ")[:REACH]
    contrast = cues("stack", "contrast", page.languages)
    ahead = _after_last(" ".join(before), contrast)
    behind = " ".join(after) + " "
    if cut := contrast.search(behind):
        behind = behind[: cut.start()]
    if cues("stack", "not_only", page.languages).search(ahead):
        return False
    return (
        cues("stack", "before", page.languages).search(ahead) is not None
        or cues("stack", "after", page.languages).search(behind) is not None
    )


def _after_last(text: str, wanted: re.Pattern[str]) -> str:
    """The text behind the last match; "not only" is none."""
    ends = [
        m.end()
        for m in wanted.finditer(text)
        if not re.search(r"\b(not|nicht|no|non|niet|nao|nie|inte) $", text[: m.start()])
    ]
    return text[ends[-1] :] if ends else text


def places_in(page: Page, tools: tuple[Found, ...]) -> Iterator[Found]:
    """Where and how it runs: on the own machines, without a cloud, in a phone, in batches, small."""
    keys = {one.key for one in tools}
    topics = ("no_cloud", "on_premises", "edge", "privacy")
    first = {topic: next(iter(_hits(page, topic)), None) for topic in topics}
    if first["on_premises"] is None and cues("stack", "stays", page.languages).search(page.line):
        first["on_premises"] = page.leaning("inside", MEANT)
    if hit := first["no_cloud"]:
        yield _found("cloud", "none", hit, TOLD)
    if hit := first["edge"]:
        yield _found("deployment", "edge", hit, TOLD)
    elif hit := first["on_premises"]:
        yield _found("deployment", "on_premises", hit, TOLD)
    else:
        for topic in ("hybrid", "streaming", "realtime", "batch"):
            if hit := next(iter(_hits(page, topic)), None):
                yield _found("deployment", topic, hit, TOLD)
                break
    yield from _guarded(page, first["privacy"])
    if hit := next(iter(_hits(page, "small")), None):
        yield _found("footprint", "small", hit, TOLD)
    if "container" not in keys and (hit := _container(page)):
        yield _found("container", "docker", hit, IMPLIED)


def _hits(page: Page, topic: str) -> Iterator[Hit]:
    return page.hits(cues("stack", topic, page.languages))


def _guarded(page: Page, told: Hit | None) -> Iterator[Found]:
    """A wish for privacy, in the person's words: said as such, or data that must stay where they are."""
    leaving = [
        hit for hit in _hits(page, "on_premises") if cues("stack", "stays", page.languages).search(hit_line(page, hit))
    ]
    for hit in [told] if told else leaving:
        piece = page.piece(hit.start)
        begin, end = page.clause(hit.at)
        if piece and (told or cues("stack", "private", page.languages).search(page.line[begin:end])):
            words = page.text[piece.start : piece.end].strip()
            start = page.text.index(words, piece.start)
            yield Found(key="privacy", value=words, words=words, start=start, end=start + len(words), confidence=TOLD)
            return


def hit_line(page: Page, hit: Hit) -> str:
    """The sentence that a hit stands in."""
    begin, end = page.clause(hit.at)
    return page.line[begin:end]


def _container(page: Page) -> Hit | None:
    """A container that programs run in, not one on a ship."""
    for hit in _hits(page, "container"):
        begin, end = page.clause(hit.at)
        around = page.line[begin : hit.at] + "_ " + page.line[hit.to : end]
        computing = cues("stack", "computing", page.languages).search(around)
        if computing and not cues("stack", "goods", page.languages).search(page.line) and not negated(page, hit):
            return hit
    return None
