"""What is done with the answer: how many are acted on, ranges, bars, reasons, groups shown apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_graph.intake.wishes.found import Found
from agent_graph.intake.wishes.page import Hit, Page
from agent_graph.intake.wishes.phrases import cues
from agent_graph.profiling.names import lexicon

FEWEST, LITTLE, MOST = 2, 5, 100_000
EARLY = 0.35  # share of a statement in which people tell about themselves
BARS = {"explain": 0.93, "range": 0.85, "apart": 0.85}  # of near meaning, where no cue stands
ENOUGH = 1.8  # of a number's score to be how many are acted on
SUPERLATIVES = {
    language: re.compile(ending)
    for language, ending in {
        "en": r"\w{3,}[^aeiou]i?est", "de": r"\w{4,}sten?", "nl": r"\w{4,}ste", "sv": r"\w{4,}aste", "pl": r"naj\w{4,}",
    }.items()
}  # fmt: skip
NO_DEGREE = lexicon(
    "request interest forest harvest protest contest invest honest modest suggest arrest digest manifest kosten posten "
    "kasten westen osten leisten meisten ersten zweiten dritten listen gasten kusten testen rosten letzten eerste "
    "laatste tweede derde kost lijste forste siste senaste"
)
_NUMBER = re.compile(r"<n\d+> ")
_SHARE = re.compile(r"<p\d+> ")


def found_at(key: str, value: str, hit: Hit, sure: float) -> Found:
    """A thing found where a phrase stands."""
    return Found(key=key, value=value, words=hit.words, start=hit.start, end=hit.end, confidence=sure)


def _says(page: Page, name: str, topic: str, at: int, to: int) -> re.Match[str] | None:
    return cues(name, topic, page.languages).search(page.line, max(0, at), max(0, to))


def how_many(page: Page) -> Found | None:
    """How many of the likeliest are acted on: the number whose words say so most."""
    scored = [(_score(page, hit), hit) for hit in page.hits(_NUMBER)]
    fitting = [(score, hit) for score, hit in scored if score >= ENOUGH]
    if not fitting:
        return None
    score, hit = max(fitting, key=lambda one: one[0])
    return found_at("top_k", f"{hit.amounts[0].value:g}", hit, min(0.95, 0.5 + 0.12 * score))


def _score(page: Page, hit: Hit) -> float:
    """How much the words around a number say that so many will be acted on; what tells about data counts against it."""
    value = hit.amounts[0].value
    if value != int(value) or not FEWEST <= value <= MOST:
        return 0.0
    begin, end = _part_of(page, hit)
    ahead, behind = page.line[begin : hit.at], page.line[hit.to : end]
    year = 1800 <= value <= 2100 and page.text[hit.start : hit.end].isdigit()
    first = hit.start < len(page.text) * 0.25 and begin == 0 and len(page.pieces) > 2
    near = " ".join(behind.split(" ")[:5]) + " "
    close = " ".join(behind.split(" ")[:2]) + " "
    tail = " ".join(ahead.split(" ")[-4:])
    score = 0.0
    score += 3.0 if _ends(page, "few", "lead", ahead) else 0.0
    score += 1.2 if _in(page, "few", "follow", near) or _superlative(page, near) else 0.0
    score += 0.8 if _in(page, "few", "follow", close) or _superlative(page, close) else 0.0
    score += 1.2 if _ends(page, "few", "room", ahead) else 0.0
    score += min(2.2, 1.4 * _count(page, "few", "room", f"{ahead}_ {near}"))
    score += 1.2 if _in(page, "few", "deed", close) else 0.6 if _in(page, "few", "deed", near) else 0.0
    score += 0.8 if not behind.strip() or behind.startswith(",") else 0.0
    score += 3.0 if _in(page, "few", "ideas", near) else 0.0
    score += 2.0 if cues("few", "all", page.languages).match(page.line, page.clause(hit.at)[1] + 2) else 0.0
    score -= 2.0 if _in(page, "few", "data", f"{ahead}{near}") else 0.0
    score -= 3.0 if _in(page, "few", "reasons", close + tail) else 0.0
    score += 4.0 * page.leans("few", hit.start) - 0.5
    target = re.search(r"(?:make|reach|enter|crack|break into|in) the top $", ahead) is not None
    early = hit.start < EARLY * len(page.text) and len(page.pieces) > 2
    little = value < LITTLE and not _in(page, "few", "ideas", near)
    return score - 1.5 * first - 0.8 * early - 2.0 * year - 3.0 * target - 1.5 * little


def _superlative(page: Page, text: str) -> bool:
    """Whether one of the words is the highest degree of a quality, by its ending: "raarste", "auffälligsten"."""
    wanted = SUPERLATIVES.get(page.languages[0])
    return wanted is not None and any(wanted.fullmatch(word) for word in text.split() if word not in NO_DEGREE)


def _part_of(page: Page, hit: Hit) -> tuple[int, int]:
    """The sentence around a number, up to the next amount on either side, with few words."""
    begin, end = page.clause(hit.at)
    earlier = [match.end() for match in re.finditer(r"<[a-z]\d+> ", page.line[begin : hit.at])]
    later = re.search(r"<[a-z]\d+> ", page.line[hit.to : end])
    return begin + (earlier[-1] if earlier else 0), hit.to + later.start() if later else end


def _in(page: Page, name: str, topic: str, text: str) -> bool:
    return cues(name, topic, page.languages).search(text) is not None


def _count(page: Page, name: str, topic: str, text: str) -> int:
    return sum(1 for _ in cues(name, topic, page.languages).finditer(text))


def _ends(page: Page, name: str, topic: str, text: str) -> bool:
    return any(match.end() == len(text) for match in cues(name, topic, page.languages).finditer(text))


def ranges_in(page: Page) -> Iterator[Found]:
    """A range is wanted, with the share of cases that it has to hold; 0 where none is said."""
    for hit in page.hits(cues("act", "range", page.languages)):
        begin, end = page.clause(hit.at)
        if _overlaps(page, "not_range", hit):
            continue
        after = page.clause(end + 3)[1] if end + 3 < len(page.line) else end
        share = next(iter(_shares(page, begin, end)), None) or next(iter(_shares(page, end, after)), None)
        if share is None and (number := _bare(page, hit, end)):
            yield found_at("interval", f"{number:g}", hit, 0.85)
            return
        told = page.hit(min(hit.at, share[1].at), max(hit.to, share[1].to)) if share else hit
        yield found_at("interval", f"{share[0]:g}" if share else "0", told, 0.9 if share else 0.75)
        return
    if meant := page.leaning("range", BARS["range"]):
        share = next(iter(_shares(page, *page.clause(meant.at))), None)
        yield found_at("interval", f"{share[0]:g}" if share else "0", meant, 0.7)


def _overlaps(page: Page, topic: str, hit: Hit) -> bool:
    return any(other.at < hit.to and hit.at < other.to for other in page.hits(cues("act", topic, page.languages)))


def _shares(page: Page, begin: int, end: int) -> Iterator[tuple[float, Hit]]:
    """Shares of a half and more, which a range could have to hold."""
    for hit in page.hits(_SHARE, begin, end):
        if 0.5 <= hit.amounts[0].value < 1:
            yield hit.amounts[0].value, hit


def _bare(page: Page, hit: Hit, end: int) -> float | None:
    """ "an interval at ninety", "80er-Bereich": a number right beside the word."""
    for near in page.hits(_NUMBER, max(0, hit.at - 12), min(end, hit.to + 18)):
        if 50 <= near.amounts[0].value < 100:
            return near.amounts[0].value / 100
    return None


def bars_in(page: Page, taken: tuple[Found, ...]) -> Iterator[Found]:
    """Bars that are set, of recall, precision or the probability from which on something is done; or a quantile."""
    for hit in page.hits(_SHARE):
        if any(one.start <= hit.start < one.end for one in taken):
            continue
        value = hit.amounts[0].value
        begin, end = page.clause(hit.at)
        key = _bar_key(page, hit, begin, end)
        if key in ("recall", "precision") and value < 0.5 and _fewer(page, hit):
            value = 1 - value
        if key == "quantile" and value < 0.5:
            value = 1 - value
        if key:
            yield found_at(key, f"{value:g}", hit, 0.85)
    for even in [] if _SHARE.search(page.line) else page.hits(cues("act", "even", page.languages)):
        if {one.value for one in even.amounts} <= {50.0}:
            yield found_at("probability", "0.5", even, 0.85)
            return


def _bar_key(page: Page, hit: Hit, begin: int, end: int) -> str:
    """What a share is a bar of; "" where it only tells how things are."""
    if any(one.at <= hit.at < one.to for one in page.hits(cues("act", "kept", page.languages), begin, end)):
        return "quantile"
    least = _bounded(page, hit, begin, end)
    wants = least or hit.amounts[0].value >= 0.5
    if wants and _says(page, "act", "precision", begin, end) and _demand(page, begin, end):
        return "precision"
    if wants and _says(page, "act", "recall", begin, end) and _demand(page, begin, end):
        return "recall"
    return "probability" if least and _says(page, "act", "decide", begin, end) else ""


def _bounded(page: Page, hit: Hit, begin: int, end: int) -> bool:
    """Whether "from", "over", "or more" or the like stands beside a share."""
    ahead, behind = page.line[begin : hit.at], page.line[hit.to : end]
    ahead = re.sub(r"(?:the |a |about |some |rund |etwa |les |el |il |de |i )+$", "", ahead)
    near = " ".join(behind.split(" ")[:4]) + " "
    return _ends(page, "act", "above", ahead) or _in(page, "act", "above_after", near)


_FEWER = re.compile(
    r"(?:no more than|at most|miss|less than|hochstens|au plus|como mucho|al massimo|hooguit) (?:\S+ ){0,3}$"
)
_DEMAND = re.compile(
    r"(?<![^ ])(?:must|should|at least|want|need|ha[ns]? de|min(?:destens|stens|st|imum)|au moins|al menos|almeno"
    r"|pelo menos|co najmniej|en az|d like|would like|have to|has to|no more than|at most|mussen|soll\w*|doi\w*|debe\w*"
    r"|dev\w*|moet\w*|precis\w*|musi\w*|maste|gerek\w*|lazim|insist|please|bitte|target|goal|recall|precision"
    r"|o menos|no minimo|minimo) "
)


def _demand(page: Page, begin: int, end: int) -> bool:
    """Whether the sentence asks for it, rather than telling how things are."""
    return _DEMAND.search(page.line, begin, end) is not None


def _fewer(page: Page, hit: Hit) -> bool:
    return _FEWER.search(page.line[: hit.at]) is not None


def reasons_in(page: Page) -> Iterator[Found]:
    """Reasons, drivers or sizes of effects are wanted."""
    for hit in page.hits(cues("act", "explain", page.languages)):
        if not _overlaps(page, "not_explain", hit):
            yield found_at("explain", "true", hit, 0.85)
            return
    if meant := page.leaning("explain", BARS["explain"]):
        yield found_at("explain", "true", meant, 0.65)


def groups_in(page: Page, *, ahead: bool = False) -> Iterator[Found]:
    """Results are wanted for each group by itself; the value is the piece that says for which. `ahead`: a length of
    time to come is asked for, and "for each state" tells its series."""
    if ahead:
        return
    for hit in page.hits(cues("act", "apart", page.languages)):
        piece = page.piece(hit.start)
        words = page.text[piece.start : piece.end].strip(" ,;.") if piece else hit.words
        yield found_at("per_group", words, hit, 0.85)
        return
    if meant := page.leaning("apart", BARS["apart"]):
        yield found_at("per_group", meant.words, meant, 0.65)
