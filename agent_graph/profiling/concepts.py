"""Words that people use for one another, as sets of stems."""

from __future__ import annotations

from functools import lru_cache

from agent_graph.profiling.names import lexicon, stem

_SETS = (
    "churn leave attrition exit quit cancel unsubscribe retention churner depart lapse resign turnover",
    "die fatal fatality mortality kill survive alive decease casualty",
    "price sell worth valuation value cost",
    "damage harm break",
    "delay overdue behind lag",
    "default repay delinquent delinquency bad arrear",
    "fraud scam fraudulent suspicious",
    "visit appointment consultation",
    "score rating star review satisfaction",
    "salary wage income earn compensation",
    "sell revenue turnover volume",
    "count number quantity total demand",
    "rent hire demand rental",
    "quality grade",
    "duration long elapse length minute",
    "status state stage",
    "class kind type category species label group",
    "diagnosis disease cancer malignant benign sick illness tumor tumour",
    "diabete diabetic",
    "spam ham junk",
    "click conversion convert buy purchase order respond response subscribe accept deposit",
    "claim",
    "fail fault breakdown defect failure faulty malfunction",
    "readmit rehospitalize return",
    "approve accept grant",
    "win victory",
    "rate percent apr interest",
    "severity injury hurt serious",
    "arrive land",
    "consumption use usage mpg mileage fuel efficiency economy",
    "strength strong",
    "yield output production produce",
    "energy power load electricity",
    "crime offense offence",
    "emission co2 pollution",
    "rain rainfall precipitation",
    "radius diameter extent size",
    "home house property",
    "customer client subscriber member",
    "wait queue",
    "stay",
    "noshow absent miss",
    "pass graduate succeed success",
    "dropout drop",
    "age old ring",
    "health condition wellbeing",
    "cover insurance medicaid medicare",
    "job employment work occupation",
    "sex gender",
    "school education study",
    "area region place",
)  # fmt: skip
_NOISE = lexicon(
    "the a an of in on at to for and or is are be it we our us i they their that this with by from as will what "
    "which who how want need know can each one row per not no do does if so you your was were has have had than "
    "more s t its there those these all any when whether like would should could about into out up x y"
)


@lru_cache(maxsize=1)
def _index() -> dict[str, frozenset[int]]:
    places: dict[str, set[int]] = {}
    for place, line in enumerate(_SETS):
        for word in line.split():
            places.setdefault(stem(word), set()).add(place)
    return {word: frozenset(found) for word, found in places.items()}


def akin(one: str, other: str) -> float:
    """How near two stems are: 1 the same, 0.7 words for one another, 0.6 or 0.5 one is part of the other, else 0."""
    if one in _NOISE or other in _NOISE:
        return 0.0
    if one == other:
        return 1.0
    index = _index()
    if index.get(one, frozenset()) & index.get(other, frozenset()):
        return 0.7
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and long.startswith(short):
        return 0.6
    return 0.5 if len(short) >= 5 and short in long else 0.0


def meaningful(found: tuple[str, ...]) -> tuple[str, ...]:
    """The stems that carry meaning."""
    return tuple(word for word in found if word not in _NOISE and not word.isdigit())
