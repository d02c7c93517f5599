"""Wishes about the way to users: serving, size, limits, latency, schedules, canary."""

from __future__ import annotations

import re
from typing import Any

from agent_graph.artifacts import DeploymentDesign, Wish
from agent_graph.feedback import options
from agent_graph.feedback.amounts import amounts
from agent_graph.feedback.clauses import Clause, Reading
from agent_graph.feedback.fields import Number, Word, at, replaced, switch
from agent_graph.feedback.phrases import matched
from agent_graph.feedback.wording import left_over, without
from agent_graph.profiling.names import lexicon
from agent_graph.role import Finding, WishKind
from agent_graph.roles.mlops.playbook.bounds import quantity
from agent_graph.roles.mlops.wishes.schedules import carry_schedule, judge_schedule, read_schedule


def _mebibytes(value: float) -> str:
    return f"{round(value)}Mi"


def _seen_mebibytes(text: str) -> float:
    return quantity(text, "memory") / 2**20


def _cores(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{round(value * 1000)}m"


def _seen_cores(text: str) -> float:
    return quantity(text, "cpu")


def _limits_cover(design: DeploymentDesign, inputs: Any) -> DeploymentDesign:
    """A limit below its request follows the request."""
    found = design.resources
    if quantity(found.memory_request, "memory") > quantity(found.memory_limit, "memory"):
        design = replaced(design, "resources.memory_limit", found.memory_request)
    if quantity(found.cpu_request, "cpu") > quantity(found.cpu_limit, "cpu"):
        design = replaced(design, "resources.cpu_limit", found.cpu_request)
    return design


def _requests_fit(design: DeploymentDesign, inputs: Any) -> DeploymentDesign:
    """A request above its limit comes down to the limit."""
    found = design.resources
    if quantity(found.memory_request, "memory") > quantity(found.memory_limit, "memory"):
        design = replaced(design, "resources.memory_request", found.memory_limit)
    if quantity(found.cpu_request, "cpu") > quantity(found.cpu_limit, "cpu"):
        design = replaced(design, "resources.cpu_request", found.cpu_limit)
    return design


def _most_follow(design: DeploymentDesign, inputs: Any) -> DeploymentDesign:
    return design.model_copy(update={"replicas_max": max(design.replicas_max, design.replicas_min)})


def _fewest_follow(design: DeploymentDesign, inputs: Any) -> DeploymentDesign:
    return design.model_copy(update={"replicas_min": min(design.replicas_max, design.replicas_min)})


def _median_follows(design: DeploymentDesign, inputs: Any) -> DeploymentDesign:
    return design.model_copy(update={"latency_p50_ms": min(design.latency_p50_ms, design.latency_p99_ms)})


def _tail_follows(design: DeploymentDesign, inputs: Any) -> DeploymentDesign:
    return design.model_copy(update={"latency_p99_ms": max(design.latency_p50_ms, design.latency_p99_ms)})


def _drain_follows(design: DeploymentDesign, inputs: Any) -> DeploymentDesign:
    """A stop must not cut off what was accepted."""
    needed = int(-(-design.request_timeout_s // 1))
    return design.model_copy(update={"drain_s": max(design.drain_s, needed)})


def read_canary(clause: Clause) -> Reading | None:
    """ "canary steps 5, 20 and 50 %"."""
    topics = [
        match.span() for match in re.finditer(r"\bcanar(?:y|ies)(?: steps?| traffic)?\b", clause.text, re.IGNORECASE)
    ]
    rest = without(clause.text, topics)
    found = amounts(rest)
    steps = [a.value * 100 if a.measure == "share" else a.value for a in found if a.measure in ("", "share")]
    words = left_over(
        without(rest, [a.span for a in found]), lexicon("and then steps step percent % traffic start first")
    )
    if not topics or words or not steps or len(steps) < len(found):
        return None
    if any(abs(step - round(step)) > 1e-9 for step in steps):
        return Reading(unclear="canary steps are whole percents")
    return Reading((clause.wish("canary_steps", (), ", ".join(str(round(step)) for step in steps)),))


def carry_canary(design: DeploymentDesign, wish: Wish, inputs: Any) -> DeploymentDesign:
    """The design with those shares of the traffic."""
    steps = tuple(int(step) for step in (wish.value or "").split(", "))
    return design.model_copy(update={"canary_steps": steps})


def judge_canary(design: DeploymentDesign, wish: Wish, inputs: Any) -> Finding:
    """Whether the steps are those."""
    found = ", ".join(map(str, design.canary_steps))
    return ("followed" if found == wish.value else "not followed"), f"canary_steps are {found} percent"


def read_replicas(clause: Clause) -> Reading | None:
    """ "3 to 8 replicas"."""
    match = matched(
        [
            r"(?:run |use |keep |scale )?(?:between |from )?(?P<low>\d+) ?(?:to|-|and) ?(?P<high>\d+) (?:replicas?"
            r"|pods?|instances?)"
        ],
        clause.text,
    )
    if match is None:
        return None
    return Reading(
        (clause.wish("replicas", (), f"= {match['low']}"), clause.wish("replicas_max", (), f"= {match['high']}"))
    )


_REPLICAS = r"\b(?:replicas?|pods?|instances?)(?: count)?\b"
_MOST = r"\b(?:max(?:imum|imal)?|at most|no more than|up to) (?=(?:\d+ )?(?:replicas|pods|instances))"
_CACHE = Number("cache", r"\b(?:prediction |answer )?cach(?:e|es|ed|ing)\b", "count", at("cache_entries", whole=True),
                about="entries answers predictions rows remember size")  # fmt: skip
_CACHE_OFF, _ = switch(r"(?:prediction |answer )?cach(?:e|ing)(?: of predictions| of answers)?")
_FEWEST = Number(
    "replicas",
    _REPLICAS,
    "count",
    at("replicas_min", whole=True),
    about="minimum fewest service pods",
    settle=_most_follow,
)
_LARGEST = Number("replicas_max", rf"{_REPLICAS}|{_MOST}|\breplicas_max\b|\bmax\b|\bmaximum\b", "count",
                  at("replicas_max", whole=True),
                  about="service scale autoscaler", settle=_fewest_follow)  # fmt: skip
_MEMORY, _CPU = "resources.memory_", "resources.cpu_"


def read_most(clause: Clause) -> Reading | None:
    """ "at most 8 replicas" is the other bound."""
    most = re.search(
        rf"{_MOST}|\bmax(?:imum)?\b|<=|\breplicas_max\b|\bat most\b|\bup to\b|\bno more than\b",
        clause.text,
        re.IGNORECASE,
    )
    return _LARGEST.read(clause) if most and re.search(_REPLICAS, clause.text, re.IGNORECASE) else None


_NUMBERS = (
    _FEWEST,
    Number("cpu_target", r"\b(?:target )?cpu(?: target| utili[sz]ation| load| percent)\b|\b(?:auto)?scal(?:e|er|ing)"
                         r"(?: out| up)?(?: at| above| from)?\b", "share",
           at("target_cpu_percent", whole=False, write=lambda v: round(v * 100), seen=lambda v: v / 100),
           about="cpu target scale above"),
    Number("memory_limit", r"\b(?:memory|ram)(?: limits?)?\b", "MB",
           at(_MEMORY + "limit", write=_mebibytes, seen=_seen_mebibytes),
           about="replica replicas each pod service", settle=_requests_fit),
    Number("memory_request", r"\b(?:memory|ram) requests?\b|\brequest(?:ed)? (?:memory|ram)\b", "MB",
           at(_MEMORY + "request", write=_mebibytes, seen=_seen_mebibytes),
           about="replica replicas each pod service", settle=_limits_cover),
    Number("cpu_limit", r"\bcpu(?: limits?)\b", "cores", at(_CPU + "limit", write=_cores, seen=_seen_cores),
           about="replica each pod cores", settle=_requests_fit),
    Number("cpu_request", r"\bcpu requests?\b|\brequest cpu\b|\bcpu\b(?= per)|\bper (?:replica|pod)\b", "cores",
           at(_CPU + "request", write=_cores, seen=_seen_cores),
           about="replica each pod cores cpu", settle=_limits_cover),
    Number("batch_rows", r"\b(?:batch )?rows (?:per|in (?:one|a)|a) (?:request|call)\b|\brequests? (?:of|with)\b"
                         r"(?=.*\brows\b)", "count", at("max_batch_rows", whole=True), about="rows"),
    Number("body_size", r"\b(?:request )?bod(?:y|ies)(?: size)?\b|\bpayloads?\b", "bytes",
           at("max_body_bytes", whole=True), about="request size requests"),
    Number("in_flight", r"\b(?:requests? )?in[- ]flight(?: requests?)?\b|\b(?:concurrent|parallel|simultaneous) "
                        r"requests?\b", "count", at("max_in_flight", whole=True)),
    Number("timeout", r"\b(?:request )?time-?outs?\b|\btime out(?: requests?)?\b", "s", at("request_timeout_s"),
           about="request requests after", settle=_drain_follows),
    Number("drain", r"\b(?:drain(?:ing)?|grace(?:ful)?(?: period| stop| shutdown)?)\b", "s",
           at("drain_s", whole=True), about="period stop time shutdown"),
    Number("reload", r"\b(?:re-?load(?:s|ing)?|look for (?:a )?new(?:ly promoted)? models?)\b", "s", at("reload_s"),
           about="every check model new"),
    Number("breaker_failures", r"\b(?:circuit[- ])?breaker\b", "count", at("breaker.failures", whole=True),
           about="failures errors after open opens row trip"),
    Number("breaker_reset", r"\b(?:circuit[- ])?breaker(?: resets?| reset time)?\b|\breset(?:s)? (?:the )?"
                            r"(?:circuit[- ])?breaker\b", "s", at("breaker.reset_s"), about="reset resets after"),
    Number("p50", r"\b(?:p50|median)(?: latency| response time)?\b|\blatency p50\b", "ms", at("latency_p50_ms"),
           about="latency answer request requests answers single row", settle=_tail_follows),
    Number("p99", r"\b(?:p99|99th percentile)(?: latency| response time)?\b|\blatency p99\b|\blatency\b", "ms",
           at("latency_p99_ms"),
           about="latency answer request requests answers single row", settle=_median_follows),
    Number("chunk_rows", r"\bchunks?(?: size| rows)?\b|\brows (?:in memory|at once)\b", "count",
           at("chunk_rows", whole=True), about="rows batch memory once size"),
    Number("storage", r"\b(?:storage|volume|disk)(?: size)?\b", "bytes",
           at("storage", write=lambda v: f"{-(-v // 2**30):.0f}Gi", seen=lambda v: quantity(v, "storage")),
           about="space size"),
    Number("canary_errors", r"\bcanary(?:'s)? (?:errors?(?: share| rate)?|error rates?)\b", "share",
           at("canary.max_error_share"), about="share rate errors"),
    Number("canary_soak", r"\b(?:canary(?:'s)? )?soak(?: time)?\b|\bcanary (?:steps? )?(?:last|lasts|wait|waits"
                          r"|takes?)\b|\beach canary step\b", "s", at("canary.soak_s", whole=True),
                          about="canary step steps time last lasts wait"),
    Number("canary_requests", r"\bcanary requests\b|\brequests\b(?=.*\bcanary\b)", "count",
           at("canary.minimum_requests", whole=True), about="canary step before minimum"),
)  # fmt: skip
_LIVE = r"real-?\s?time|online|live|on request|an? api|the api"
WISHES = (
    options.kind_for("mlops"),
    WishKind("schedule", read_schedule, carry_schedule, judge_schedule),
    WishKind("canary_steps", read_canary, carry_canary, judge_canary),
    WishKind("replicas", read_replicas, _FEWEST.carry, _FEWEST.judge),
    WishKind("replicas_max", read_most, _LARGEST.carry, _LARGEST.judge),
    _CACHE.worded((_CACHE_OFF + r"|(?:do not|don't|never) cache(?: (?:the )?(?:predictions|answers|anything))?", 0)),
    _CACHE.kind(),
    *(row.kind() for row in _NUMBERS),
    Word("deployment", "deployment", (
        (r"(?:serve|deploy|score|predict|run|use|make|we need|it's|prefer)?\s*(?:it |the model |predictions "
         r"|everyone |all rows )?(?:in|as|by|with)?\s*(?:a |nightly )?batch(?:es| mode| scoring| predictions| "
         r"deployment| job)?(?: only| first| deployment)?(?:,? not (?:real-?time|online|live))?", "batch"),
        (rf"(?:serve|deploy|score|predict|run|use|make|prefer)?\s*(?:it |the model |predictions )?(?:in|as|by|with"
         rf"|through)?\s*(?:{_LIVE})(?: mode| scoring| predictions| serving| deployment| service)?(?: only| first)?"
         rf"(?:,? not (?:in )?batch(?:es)?)?", "realtime"))).kind(),
)  # fmt: skip
