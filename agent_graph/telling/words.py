"""What a report says in words, for the terminal and for its pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from agent_graph import register
from agent_graph.artifacts import (
    NOT_ASKED,
    PERSON_AUTHOR,
    PLAYBOOK_AUTHOR,
    Authorship,
    BuiltWith,
    Comparison,
    DecisionScore,
    Estimate,
    ExecutionReport,
    HoldoutScore,
    ModelCall,
    Problem,
    ProofResult,
    Ranked,
    RoleAccount,
    Target,
    Usage,
)


def promise_words(proof: ProofResult | None, problem: Problem) -> tuple[str, str] | None:
    """Whether the validation's promise was kept on the sealed rows, in those words."""
    if proof is None or proof.promise is None or proof.holdout is None:
        return None
    promise, score = proof.promise, proof.holdout.score
    said = {"worse": "Promise broken.", "better": "Promise kept, and more.", "kept": "Promise kept."}
    higher = register.kind_of(problem).metric(problem.metric).higher_is_better
    return said[promise.standing(score, higher_is_better=higher)], (
        f"Before the sealed rows were scored, validation promised {promise.metric} {number(promise.score)} "
        f"(95 % interval for so many rows: {number(promise.low)} to {number(promise.high)}); "
        f"delivered: {number(score)}."
    )


def built_with_words(stack: Sequence[BuiltWith]) -> str:
    """The options, each that somebody asked for with the reason."""
    return ", ".join(f"{one.option} ({one.reason})" if one.reason != NOT_ASKED else one.option for one in stack)


def score_line(holdout: HoldoutScore) -> str:
    """The sealed score beside the baseline and the dummy, on one line."""
    return (
        f"{holdout.metric} {number(holdout.score)} on {holdout.rows:,} sealed rows "
        f"(plain baseline {number(holdout.baseline)}, dummy {number(holdout.dummy)})"
    )


def decision_words(decision: DecisionScore | None) -> list[str]:
    """What acting on the highest brings, beside simpler ways, in three sentences; none where nobody acts on so many."""
    if decision is None or not decision.ways:
        return []
    own, *others = decision.ways
    beside = [f"{_way(way)} {_hits(decision, way.precision.value)}" for way in reversed(others)]
    brings = (
        f"Of the {decision.top_k:,} highest of {decision.table_rows:,} rows, about "
        f"{_hits(decision, own.precision.value)} are hits ({_hits(decision, own.precision.low)} to "
        f"{_hits(decision, own.precision.high)}). Chosen otherwise: {', '.join(beside)}."
    )
    measured = f"Measured on the {decision.acted:,} highest of {decision.rows:,} sealed rows, a share as large."
    return [brings, _standings(others), measured]


def decision_rows(decision: DecisionScore | None) -> list[tuple[str, ...]]:
    """For each way: its name, hits among so many, precision, lift, captured share, how the project stands to it."""
    words = {"better": "the project is better", "even": "a tie", "worse": "the project is worse", None: ""}
    return [
        (
            way.name if way.kind in ("project", "random") else _way(way),
            _ends(way.precision, lambda share: _hits(decision, share)),
            _ends(way.precision, "{:.1%}".format),
            _ends(way.lift, "{:.2f}".format),
            _ends(way.captured, "{:.1%}".format),
            words[way.standing],
        )
        for way in (decision.ways if decision else ())
        if decision
    ]


def _standings(others: Sequence[Ranked]) -> str:
    """A tie is said as one, never as better."""
    groups = {each: [_way(way) for way in others if way.standing == each] for each in ("better", "even", "worse")}
    said = [
        (groups["better"], "better than {}"),
        (groups["even"], "a tie with {} (the difference may be chance)"),
        (groups["worse"], "worse than {}"),
    ]
    return f"That is {'; '.join(words.format(' and '.join(names)) for names, words in said if names)}."


def _way(way: Ranked) -> str:
    names = {"baseline": "the plain baseline", "rule": f"the best rule of thumb ({visible(way.name)})"}
    return names.get(way.kind, way.name)


def _hits(decision: DecisionScore, share: float) -> str:
    """How many of the rows that are acted upon, at that share of hits."""
    count = share * decision.top_k
    return f"{count:,.0f}" if decision.top_k >= 100 else f"{count:.1f}"


def _ends(estimate: Estimate, said: Callable[[float], str]) -> str:
    return f"{said(estimate.value)} ({said(estimate.low)} to {said(estimate.high)})"


def target_words(target: Target) -> str:
    """How the label is made, in words."""
    values = ", ".join(repr(value) for value in target.values)
    made = {
        "as_is": "as it stands",
        "above": f"1 where it is above {target.threshold}",
        "below": f"1 where it is below {target.threshold}",
        "other_than": f"1 where it is not {values}",
        "one_of": f"1 where it is one of {values}",
    }[target.rule]
    if target.unsettled:
        made += f", no label where it is {' or '.join(repr(value) for value in target.unsettled)}"
    if target.rare:
        made += f", no label where it is {' or '.join(map(repr, target.rare))} (too few rows to learn)"
    return f"{made}; positive class {target.classes[1]!r}" if len(target.classes) == 2 else made


def rare_words(target: Target) -> str:
    """What becomes of classes that are too rare."""
    names = ", ".join(map(repr, target.rare))
    return f"{names}: too few rows to learn from, so left out, never predicted, never promised"


def number(value: float) -> str:
    """Four significant digits, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def asked(report: ExecutionReport) -> tuple[RoleAccount, ...]:
    """The roles whose model was asked, whether or not its design stands."""
    return tuple(a for a in report.roles if a.authorship and (a.authorship.by_model or a.authorship.why))


def cost_words(authorship: Authorship) -> str:
    """Tokens and money of a role's questions, on one line."""
    usage = authorship.usage
    share = f", {usage.cached_tokens / usage.prompt_tokens:.0%} of the prompts cached" if usage.prompt_tokens else ""
    counted = " (estimated)" if usage.estimated else ""
    return f"{usage.calls} calls, {usage.tokens:,} tokens{counted}{share}, {money(usage)}"


def uplift_words(account: RoleAccount) -> str:
    """The model's score beside the playbook's, as the ratchet measured it, or why there is none."""
    checks = account.gate.checks if account.gate else ()
    if account.author in (PLAYBOOK_AUTHOR, PERSON_AUTHOR):
        return f"not measured: the {account.author}'s design stands"
    held = next((check for check in checks if check.name == "no_worse_than_playbook"), None)
    if held is None:
        failed = account.gate is None or account.gate.failed
        return f"not measured: {'its gate did not pass' if failed else 'no score can measure the work of this role'}"
    found = {measure.name: measure.value for measure in held.measures}
    if "uplift" not in found:
        return f"not measured: {held.evidence}" if held.verdict == "not_checked" else held.evidence
    return f"{number(found['model'])} against {number(found['playbook'])} (uplift {found['uplift']:+.2g})"


def wanted_rows(report: ExecutionReport) -> list[tuple[str, str, str]]:
    """Where the playbook's design stands, what the model had asked for instead: the agent, which kind of text, it."""
    rows = []
    for account in asked(report):
        made = account.authorship
        if made is None or account.author != PLAYBOOK_AUTHOR:
            continue
        agent = account.role.replace("_", "-")
        rows += [(agent, "had wanted", visible(made.wanted))] if made.wanted else []
        rows += [(agent, "had written, which is no design", visible(made.said))] if made.said else []
    return rows


def visible(text: str) -> str:
    """Text on one line without characters that can't be seen: some turn the reading direction, some end lines."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def shortened(text: str, most: int = 300) -> str:
    """At most so many characters, the cut shown."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def all_calls(report: ExecutionReport) -> list[tuple[str, ModelCall]]:
    """Every exchange with a model, by revision: the agent, and the call."""
    read = report.reading.authorship if report.reading else None
    found = [("intake", call) for call in read.calls] if read else []
    found += [
        (account.role.replace("_", "-"), call)
        for account in report.roles
        if account.authorship
        for call in account.authorship.calls
    ]
    return sorted(found, key=lambda each: each[1].revision)  # stable: within one, by agent and in their order


def again_words(call: ModelCall) -> str:
    """Why a model was asked again; "" for a question's first call."""
    if call.again:
        return call.again.replace("_", " ")
    return f"design {call.design - 1} did not stand" if call.design > 1 else ""


def money(usage: Usage) -> str:
    """What was paid, where the price is known."""
    return "price unknown" if usage.usd is None else f"{usage.usd:.4f} USD"


def call_rows(report: ExecutionReport) -> list[tuple[str, str, str, Usage, str]]:
    """The calls of each revision, agent and model together, with their outcomes and where the answers came from."""
    groups: dict[tuple[int, str, str], list[ModelCall]] = {}
    for agent, call in all_calls(report):
        groups.setdefault((call.revision, agent, call.model), []).append(call)
    rows = []
    for (revision, agent, model), calls in groups.items():
        outcomes = Counter(call.outcome.replace("_", " ") for call in calls)
        outcomes.update(f"from the {call.source}" for call in calls if call.source != "server")
        words = ", ".join(f"{count} {word}" for word, count in outcomes.items())
        rows.append((str(revision), agent, model, sum((call.usage for call in calls), Usage()), words))
    return rows


def note_rows(report: ExecutionReport) -> list[tuple[str, str, str, str]]:
    """What people said: the agent, the words, whether they are followed, and by what that can be seen."""
    made = {account.role: account.authorship for account in report.roles}
    rows: list[tuple[str, str, str, str]] = []
    for said in report.notes:
        agent, authorship = said.note.role.replace("_", "-"), made.get(said.note.role)
        rows += [(agent, each.wish.words, each.verdict, each.evidence) for each in said.wishes]
        by_model = authorship is not None and authorship.by_model
        words = "the model was given these words; no rule can check them" if by_model else "nothing was done about it"
        rows += [(agent, part, "not understood", words) for part in said.not_understood]
    for role, authorship in made.items():
        unmet = authorship.unmet if authorship else ()
        rows += [(role.replace("_", "-"), *_wish_and_reason(words)) for words in unmet]
    return rows


def _wish_and_reason(words: str) -> tuple[str, str, str]:
    wish, _, reason = words.partition(": ")
    return wish, "could not be done", reason


def comparison_words(comparison: Comparison) -> str:
    """How a revision compares with the one before on the same sealed rows."""
    verdict = {"same": "the same within the noise", "better": "better", "worse": "worse"}[comparison.verdict]
    return (
        f"{verdict}: {comparison.metric} {number(comparison.after)}, revision {comparison.former} had "
        f"{number(comparison.before)} (standard error of the difference {number(comparison.noise)})"
    )
