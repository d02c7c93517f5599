"""Wishes about estimators: only these, not those, and what their trees look like."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import Member, Setting, TrainingDesign, Wish
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.fields import NO, YES, Lens
from agent_graph.feedback.phrases import matched
from agent_graph.role import Finding
from agent_graph.roles.ml_engineer.playbook.members import catboost, lightgbm, linear

KINDS = ("linear", "lightgbm", "catboost")


_TREES = ("lightgbm", "catboost")


_ESTIMATORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"gradient[- ]boost(?:ing|ed)(?: trees| machines?| models?)?|boost(?:ing|ed)(?: trees)?|gbms?|gbdts?|"
     r"(?:decision )?trees?(?: models?)?"
     r"|tree[- ]based models?", _TREES),
    (r"light ?gbm|lgbm|lgb", ("lightgbm",)), (r"cat ?boost", ("catboost",)),
    (r"(?:linear|logistic|ridge|poisson)(?: (?:models?|regressions?|estimators?|members?|ones?))?|glms?|regression",
     ("linear",)),
)  # fmt: skip


_UNKNOWN = r"xgboost|xgb|random forests?|neural net(?:work)?s?|deep learning|svms?|knn|naive bayes|transformers?|mlps?"


_AROUND = r"(?:(?:the|an?|any|all|models?|estimators?|members?|of)\s+)*"


_MEMBERS_END = r"(?:\s+(?:models?|estimators?|members?|ones?|please|at all))?"


ONLY = (rf"(?:use |try |train |keep |take |fit |with )?(?:only|just|nothing but|solely|exclusively)(?: use| try| "
         rf"train| with)? (?P<names>.+?){_MEMBERS_END}",
         rf"(?:use |try |train |keep |take |fit )?(?P<names>.+?){_MEMBERS_END} (?:only|alone|and nothing else)",
         rf"restrict (?:it |yourself |the (?:search|members) )?to (?P<names>.+?){_MEMBERS_END}")  # fmt: skip


WITHOUT = (rf"(?:no|not|without|{NO}|leave out|exclude|ignore|avoid|(?:do not|don't|never) (?:try|train|fit"
            rf"|include)) (?P<names>.+?){_MEMBERS_END}",
            r"leave (?P<names>.+?) out")  # fmt: skip


WITH = (rf"(?:{YES}|include|try|train|also (?:use|try)) (?P<names>.+?){_MEMBERS_END}(?: too| as well)?",)


def estimators(phrase: str) -> tuple[tuple[str, ...], str]:
    """Kinds of estimators that a phrase enumerates, or why it can't be read."""
    found: dict[str, None] = {}
    for item in re.split(r"\s*,\s*(?:and |or )?|\s+(?:and|or|nor)\s+", phrase.strip()):
        item = re.sub(rf"^{_AROUND}", "", item.strip(), flags=re.IGNORECASE)
        kinds = next((kinds for pattern, kinds in _ESTIMATORS if re.fullmatch(pattern, item, re.IGNORECASE)), ())
        if not kinds:
            unknown = re.fullmatch(_UNKNOWN, item, re.IGNORECASE)
            return (), f"{item!r} isn't among the estimators: {', '.join(KINDS)}" if unknown else ""
        found |= dict.fromkeys(kinds)
    return tuple(found), ""


def reader(kind: str, patterns: tuple[str, ...]) -> Any:
    def read(clause: Clause) -> Reading | None:
        for pattern in patterns:
            if match := matched([pattern], clause.text):
                names, why = estimators(match["names"])
                if names:
                    wishes = (names,) if kind == "only_estimators" else tuple((name,) for name in names)
                    return Reading(tuple(clause.wish(kind, subjects) for subjects in wishes))
                if why:
                    return Reading(unclear=why)
        return None

    return read


def only(design: TrainingDesign, wish: Wish, inputs: Any) -> TrainingDesign:
    """The design with these kinds alone; the linear one stays, for it is the baseline that evaluations show."""
    for name in wish.subjects:
        design = added(design, wish.model_copy(update={"subjects": (name,)}), inputs)
    kept = tuple(member for member in design.members if member.kind in (*wish.subjects, "linear"))
    return design.model_copy(update={"members": kept})


def judge_only(design: TrainingDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether no other kind is left beside the baseline."""
    kinds = list(dict.fromkeys(member.kind for member in design.members))
    good = set(wish.subjects) <= set(kinds) <= {*wish.subjects, "linear"}
    kept = "" if "linear" in wish.subjects else "; the linear one is the baseline that every evaluation shows"
    return ("followed" if good else "not followed"), f"members are {', '.join(kinds)}{kept}"


def left_out(design: TrainingDesign, wish: Wish, inputs: Any) -> TrainingDesign:
    """The design without that kind; shares of time are relative, so the others get its time."""
    kept = tuple(member for member in design.members if member.kind != wish.subjects[0])
    return design.model_copy(update={"members": kept})


def added(design: TrainingDesign, wish: Wish, inputs: Any) -> TrainingDesign:
    """The design with a member of that kind, as the playbook sets it up."""
    kind = wish.subjects[0]
    if any(member.kind == kind for member in design.members):
        return design
    rows, classes = inputs.profile.main.rows, len(inputs.problem.target.classes)
    texts = any(feature.transform == "text" for feature in inputs.features.features)
    member = {"linear": lambda: linear(design.objective, texts), "lightgbm": lambda: lightgbm(rows, classes),
              "catboost": lambda: catboost(rows)}[kind]()  # fmt: skip
    return design.model_copy(update={"members": (*design.members, member)})


def judge_member(there: bool) -> Any:
    def judge(design: TrainingDesign, wish: Wish, inputs: Any) -> Finding:
        found = [member.name for member in design.members]
        kept = any(member.kind == wish.subjects[0] for member in design.members) == there
        return ("followed" if kept else "not followed"), f"members are {', '.join(found)}"

    return judge


def of_trees(label: str, get: Any, put: Any) -> Lens:
    """A number that every boosted member has; the first one that differs is shown."""

    def read(design: TrainingDesign, _: str | None) -> float | None:
        values = {get(member) for member in design.members if member.kind in _TREES}
        return values.pop() if len(values) == 1 else None

    def write(design: TrainingDesign, _: str | None, value: float) -> TrainingDesign:
        if not any(member.kind in _TREES for member in design.members):
            raise Refused(f"no boosted member has {label}")
        members = tuple(put(m, value) if m.kind in _TREES else m for m in design.members)
        return design.model_copy(update={"members": members})

    return Lens(label, read, write)


def with_parameter(member: Member, key: str, value: float) -> Member:
    """The member with that parameter, which no search moves any more."""
    kept = tuple(setting for setting in member.parameters if setting.key != key)
    search = tuple(span for span in member.search if span.parameter != key)
    text = str(int(value)) if value == int(value) and key != "learning_rate" else str(value)
    return member.model_copy(update={"parameters": (*kept, Setting(key=key, value=text)), "search": search})


def parameter_of(member: Member, key: str) -> float | None:
    moved = any(span.parameter == key for span in member.search)
    given = next((setting.value for setting in member.parameters if setting.key == key), None)
    return None if moved or given is None else float(given)


def depth_key(member: Member) -> str:
    return "depth" if member.kind == "catboost" else "max_depth"


def with_rounds(member: Member, value: float) -> Member:
    if value != int(value):
        raise Refused(f"trees are counted: {value:g} is no whole number")
    return member.model_copy(update={"max_rounds": int(value), "rounds": min(member.rounds, int(value))})
