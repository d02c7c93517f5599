"""What a report says in words, for the terminal and for its pages."""

from __future__ import annotations

from agent_graph.artifacts import (
    Authorship,
    Comparison,
    ExecutionReport,
    HoldoutScore,
    Problem,
    ProofResult,
    RoleAccount,
    Target,
)


def promise_words(proof: ProofResult | None, problem: Problem) -> tuple[str, str] | None:
    """Whether the validation's promise was kept on the sealed rows, in those words."""
    if proof is None or proof.promise is None or proof.holdout is None:
        return None
    promise, score = proof.promise, proof.holdout.score
    worse = score < promise.low if problem.higher_is_better else score > promise.high
    better = score > promise.high if problem.higher_is_better else score < promise.low
    verdict = "Promise broken." if worse else "Promise kept, and more." if better else "Promise kept."
    return verdict, (
        f"Before the sealed rows were scored, validation promised {promise.metric} {number(promise.score)} "
        f"(95 % interval for so many rows: {number(promise.low)} to {number(promise.high)}); "
        f"delivered: {number(score)}."
    )


def score_line(holdout: HoldoutScore) -> str:
    """The sealed score beside the baseline and the dummy, on one line."""
    return (
        f"{holdout.metric} {number(holdout.score)} on {holdout.rows:,} sealed rows "
        f"(plain baseline {number(holdout.baseline)}, dummy {number(holdout.dummy)})"
    )


def target_words(target: Target) -> str:
    """How the label is made, in words."""
    values = ", ".join(repr(value) for value in target.values)
    made = {
        "as_is": "as it stands",
        "above": f"1 where it is above {target.threshold}",
        "other_than": f"1 where it is not {values}",
        "one_of": f"1 where it is one of {values}",
    }[target.rule]
    return f"{made}; positive class {target.classes[1]!r}" if len(target.classes) == 2 else made


def number(value: float) -> str:
    """Four significant digits, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def asked(report: ExecutionReport) -> tuple[RoleAccount, ...]:
    """The roles whose model was asked, whether or not its design stands."""
    return tuple(a for a in report.roles if a.authorship and (a.authorship.by_model or a.authorship.why))


def cost_words(authorship: Authorship) -> str:
    """Tokens and money of a role's questions, on one line."""
    usage = authorship.usage
    money = "price unknown" if usage.usd is None else f"{usage.usd:.4f} USD"
    share = f", {usage.cached_tokens / usage.prompt_tokens:.0%} of the prompts cached" if usage.prompt_tokens else ""
    counted = " (estimated)" if usage.estimated else ""
    return f"{usage.calls} calls, {usage.tokens:,} tokens{counted}{share}, {money}"


def uplift_words(account: RoleAccount) -> str:
    """The model's score beside the playbook's, as the ratchet measured it; "" where no score can be measured."""
    checks = account.gate.checks if account.gate else ()
    found = {m.name: m.value for check in checks if check.name == "no_worse_than_playbook" for m in check.measures}
    if not found:
        return ""
    return f"{number(found['model'])} against {number(found['playbook'])} (uplift {found['uplift']:+.2g})"


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
