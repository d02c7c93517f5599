"""Wishes about the code's fitness: bars of tests and speed, style, logs, environments, packages."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import HardeningDesign, Setting, Wish
from agent_graph.feedback.clauses import Clause, Reading, Refused
from agent_graph.feedback.fields import Lens, Number, Word, at, switch
from agent_graph.feedback.phrases import matched
from agent_graph.role import Finding, WishKind

ENVIRONMENTS = {"dev": "dev", "development": "dev", "staging": "staging", "stage": "staging", "test": "staging",
                "prod": "prod", "production": "prod"}  # fmt: skip
_WHERE = r"(?: (?:in|for|on) (?:the )?(?P<where>dev|development|staging|stage|prod|production)(?: environment)?)?"
_LEVELS = {"debug": "DEBUG", "info": "INFO", "warning": "WARNING", "warn": "WARNING", "warnings": "WARNING"}
_LEVEL = (
    rf"(?:use )?(?:log(?:ging)?[ _-]?level|log(?:ging)? at|log(?:ging)?)(?: (?:to|of|at|is|=|should be))* "
    rf"(?P<level>debug|info|warn(?:ing)?s?)(?: level| and above| only)?{_WHERE}",
    rf"(?P<level>debug|info|warn(?:ing)?)[ -](?:logs?|logging|level)(?: logs?| logging)?{_WHERE}",
    rf"(?:use |set )?(?P<level>debug|info|warning)(?: log)? level{_WHERE}",
)
_PIN = (
    r"(?:please )?(?:pin|require|use|need|fix|keep|upgrade|hold)?\s*(?P<name>[A-Za-z][\w.-]{1,40})\s*(?:to|at"
    r"|version|v)?\s*"
    r"(?P<sign>>=|<=|==|~=|<|>|at least|at most|below|from)?\s*v?(?P<version>\d+(?:\.\d+){0,3})(?:\s*,?\s*(?:and "
    r")?(?P<upper><=?|below)\s*(?P<second>\d+(?:\.\d+){0,3}))?"
)
_RULES = r"(?P<codes>[A-Z]{1,4}\d{0,4}(?:(?:\s*,\s*|\s+and\s+|\s+)[A-Z]{1,4}\d{0,4})*)"
_SIGNS = {"at least": ">=", "from": ">=", "at most": "<=", "below": "<", None: "=="}


def _of_environments() -> Lens:
    """The threads of one environment, or of all of them."""

    def get(design: HardeningDesign, name: str | None) -> float | None:
        values = {each.threads for each in design.environments if name in (None, each.name)}
        return float(values.pop()) if len(values) == 1 else None

    def put(design: HardeningDesign, name: str | None, value: float) -> HardeningDesign:
        if value != int(value):
            raise Refused("threads are counted in whole numbers")
        made = tuple(
            each.model_copy(update={"threads": int(value)}) if name in (None, each.name) else each
            for each in design.environments
        )
        return design.model_copy(update={"environments": made})

    return Lens("threads", get, put)


_THREADS = Number("threads", r"\bthreads?\b", "count", _of_environments(), about="environment environments")


def read_threads(clause: Clause) -> Reading | None:
    """ "4 threads in dev"."""
    match = re.search(
        r"\b(?:in|for|on) (?:the )?(?P<where>dev|development|staging|stage|prod|production)\b(?: environment)?",
        clause.text,
        re.IGNORECASE,
    )
    rest = clause.text[: match.start()] + clause.text[match.end() :] if match else clause.text
    found = _THREADS.read(Clause(rest.strip(), clause.columns, clause.plain))
    if found is None or match is None:
        return found
    where = ENVIRONMENTS[match["where"].lower()]
    return Reading(tuple(clause.wish("threads", (where,), wish.value) for wish in found.wishes), found.unclear)


def read_level(clause: Clause) -> Reading | None:
    """ "debug logs in staging"."""
    match = matched(_LEVEL, clause.text)
    if match is None:
        return None
    where = ENVIRONMENTS[match["where"].lower()] if match["where"] else None
    names = (where,) if where else ("dev", "staging", "prod")
    level = _LEVELS[match["level"].lower()]
    return Reading(tuple(clause.wish("log_level", (name,), level) for name in names))


def carry_level(design: HardeningDesign, wish: Wish, inputs: Any) -> HardeningDesign:
    """The design with that level in that environment."""
    made = tuple(
        each.model_copy(update={"log_level": wish.value}) if each.name == wish.subjects[0] else each
        for each in design.environments
    )
    return design.model_copy(update={"environments": made})


def judge_level(design: HardeningDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether that environment logs from that level on."""
    found = next((each.log_level for each in design.environments if each.name == wish.subjects[0]), "unknown")
    return ("followed" if found == wish.value else "not followed"), f"log_level of {wish.subjects[0]} is {found}"


def read_pin(clause: Clause) -> Reading | None:
    """ "pin pandas to 3.0", "numpy >= 2.3"; only packages that the playbook names."""
    match = matched([_PIN], clause.columns.script.spelled(clause.text))
    if match is None or clause.plain is None:
        return None
    plain = clause.plain()
    known = {each.key for each in (*plain.dependencies, *plain.dev_dependencies)}
    name = re.sub(r"[-_.]+", "-", match["name"]).lower()
    if name not in known:
        return None
    given = match["sign"].lower() if match["sign"] else None
    specifier = f"{_SIGNS.get(given, given)}{match['version']}"
    upper = f",{_SIGNS.get(match['upper'], match['upper'])}{match['second']}" if match["second"] else ""
    return Reading((clause.wish("dependency", (name,), specifier + upper),))


def carry_pin(design: HardeningDesign, wish: Wish, inputs: Any) -> HardeningDesign:
    """The design with that specifier."""

    def pinned(all_: tuple[Setting, ...]) -> tuple[Setting, ...]:
        return tuple(
            one.model_copy(update={"value": wish.value}) if one.key == wish.subjects[0] else one for one in all_
        )

    made = {name: pinned(getattr(design, name)) for name in ("dependencies", "dev_dependencies")}
    return design.model_copy(update=made)


def judge_pin(design: HardeningDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether the package stands there with that specifier."""
    all_ = (*design.dependencies, *design.dev_dependencies)
    found = next((each.value for each in all_ if each.key == wish.subjects[0]), "not named")
    return ("followed" if found == wish.value else "not followed"), f"{wish.subjects[0]} is {found}, asked {wish.value}"


def read_rules(clause: Clause) -> Reading | None:
    """ "add ruff rules PL and D", "without N"."""
    text = clause.text.strip()
    for kind, verb in (("lint_rule", r"(?:[Aa]dd|[Uu]se|[Ee]nable|[Ii]nclude|[Tt]urn on)"),
                       ("no_lint_rule",
                        r"(?:[Dd]rop|[Ww]ithout|[Nn]o|[Rr]emove|[Dd]isable|[Tt]urn off|[Ii]gnore)")):  # fmt: skip
        if match := re.fullmatch(rf"{verb} (?:the )?(?:ruff|lint|linter)(?: rules?| codes?| rule set)? {_RULES}", text):
            codes = re.findall(r"[A-Z]{1,4}\d{0,4}", match["codes"])
            return Reading(tuple(clause.wish(kind, (code,)) for code in codes))
    return None


def _rules(there: bool) -> tuple[Any, Any]:
    def carry(design: HardeningDesign, wish: Wish, inputs: Any) -> HardeningDesign:
        kept = tuple(code for code in design.ruff_rules if code != wish.subjects[0])
        return design.model_copy(update={"ruff_rules": (*kept, wish.subjects[0]) if there else kept})

    def judge(design: HardeningDesign, wish: Wish, inputs: Any) -> Finding:
        good = (wish.subjects[0] in design.ruff_rules) == there
        return ("followed" if good else "not followed"), f"ruff_rules are {' '.join(design.ruff_rules)}"

    return carry, judge


_CACHE_OFF, _ = switch(r"(?:prediction |answer )?cach(?:e|ing)(?: of predictions| of answers)?")
_CACHE = Number(
    "cache",
    r"\b(?:prediction |answer )?cache(?:s|d)?\b",
    "count",
    at("cache_predictions", whole=True),
    about="entries answers predictions rows remember size",
)
_NUMBERS = (
    _CACHE,
    Number("line_length", r"\bline[- ]?(?:length|width)s?\b|\blines?\b|\bcharacters?(?: (?:a|per) line)?\b"
                          r"|\bcolumns\b", "count", at("line_length", whole=True),
           about="characters character long wide line"),
    Number("kill_rate", r"\b(?:mutant|mutation|mutants) (?:kill )?(?:rate|score)\b|\bkill[ -]?rate\b|\bmutants? "
                        r"(?:killed|noticed|caught)\b|\bkill\b(?=.*\bmutants\b)|\bplanted faults\b",
           "share", at("minimum_kill_rate"), about="mutants noticed caught minimum"),
    Number("coverage", r"\b(?:test |line |code )?coverage(?: (?:of|by) (?:the )?tests)?\b|\btests? cover\b", "share",
           at("minimum_coverage"), about="tests test lines code cover minimum"),
    Number("mutants", r"\bmutants?\b", "count", at("mutants", whole=True), about="try tried gate"),
    Number("unit_tests", r"\b(?:unit )?tests\b", "count", at("minimum_unit_tests", whole=True), about="unit write "
                                                                                                      "minimum"),
    Number("startup", r"\b(?:start(?:s|up|[- ]up)?(?: time)?|--help)\b", "s", at("startup_seconds"),
           about="time takes take import imports cli"),
    Number("single_row_ms", r"\b(?:one|single|a)[- ]row\b(?: predictions?)?|\b(?:one|single|a) prediction\b|\brow "
                            r"latency\b", "ms", at("single_row_ms"),
           about="latency prediction predict takes take p50"),
    Number("batch_speed", r"\brows? (?:per|a|/) ?(?:second|s|sec)\b|\brows/s\b", "count",
           at("batch_rows_per_second", whole=True),
           about="batch predict predictions speed throughput"),
    Number("memory_rows", r"\bmemory rows\b|\brows\b(?=.*\bmemory\b)", "count", at("memory_rows", whole=True),
           about="memory test measured measure"),
    Number("peak_memory", r"\b(?:peak )?(?:memory|ram)\b", "MB", at("peak_memory_mb", whole=True), about="peak use "
                                                                                                         "usage "
                                                                                                         "predictions"),
)  # fmt: skip
WISHES = (
    WishKind("dependency", read_pin, carry_pin, judge_pin),
    WishKind("lint_rule", read_rules, *_rules(there=True)),
    WishKind("no_lint_rule", lambda clause: None, *_rules(there=False)),
    WishKind("threads", read_threads, _THREADS.carry, _THREADS.judge),
    *(row.kind() for row in _NUMBERS),
    WishKind("log_level", read_level, carry_level, judge_level),
    _CACHE.worded((_CACHE_OFF + r"|(?:do not|don't|never) cache(?: (?:the )?(?:predictions|answers|anything))?", 0)),
    Word("log_format", "log_format", (
        (r"(?:use |write |keep )?(?:json|structured) (?:log(?:s|ging)?(?: format)?|lines)|log (?:in|as) json|log[- "
         r"]format (?:is |to |should be |= ?)?json", "json"),
        (r"(?:use |write )?(?:plain|text|plain[- ]text|human[- ]readable) (?:log(?:s|ging)?(?: format)?)|log (?:in"
         r"|as) (?:plain )?text|log[- ]format (?:is |to |should be |= ?)?text", "text"))).kind(),
    Word("strict_types", "strict_types", (
        (r"(?:no|without|relax|turn off|disable|(?:do not|don't) (?:use|require))(?: the)? (?:strict )?(?:typ(?:es"
         r"|ing)|type checks?|type checking|mypy)(?: strict)?", False),
        (r"(?:use |require |keep |turn on )?(?:strict (?:typ(?:es|ing)|type checks?|type checking|mypy)|mypy strict)",
         True))).kind(),
)  # fmt: skip
