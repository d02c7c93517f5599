"""The report node: measurements in, execution_report.json, .md, .html, README and model card out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from agent_graph import feedback, register
from agent_graph.artifacts import (
    NOT_ASKED,
    PLAYBOOK_AUTHOR,
    REPORT_SCHEMA,
    Authorship,
    BuiltWith,
    Chosen,
    DataFacts,
    Event,
    ExecutionReport,
    Measure,
    NoteAccount,
    Problem,
    Profile,
    ProofResult,
    RoleAccount,
    Sealed,
    Stack,
    TableProfile,
)
from agent_graph.context import Context
from agent_graph.measuring import commands
from agent_graph.reporting import pictures, plots
from agent_graph.resources import VERSION
from agent_graph.roles import BY_NAME, ROLES
from agent_graph.state import RunState, authorship_of, gate_of, inputs_of, notes_of
from agent_graph.telling import readings
from agent_graph.telling.words import (
    again_words,
    all_calls,
    asked,
    call_rows,
    cost_words,
    decision_rows,
    decision_words,
    money,
    note_rows,
    number,
    promise_words,
    rare_words,
    shortened,
    target_words,
    uplift_words,
    wanted_rows,
)
from agent_graph.workspace import PREDICTED, RELEASE, RELEASE_OWNER, land, land_predictions
from agent_graph.writing import formatting, rendering
from agent_graph.writing.contribution import render_context

MOST_NOTES = 20  # on how the files were read


def publish(state: RunState, context: Context) -> str:
    """Write and commit the report, the README and the model card; returns the path of the JSON.

    A README that tells people to run what isn't there makes the project not proven: users start with it.
    """
    report = compose(state, context)
    files = _written(report, state)
    if report.verdict != "not proven" and (wrong := _misleading(files, state, context)):
        report = report.model_copy(update={"verdict": "not proven", "reason": f"The README misleads: {wrong[0]}."})
        files = _written(report, state)
    context.workspace.commit(
        RELEASE_OWNER, RELEASE, f"agent-graph: the report ({report.verdict})", formatting.formatted(files)
    )
    land(context.sealed, context.workspace.path / "data")
    land_predictions(context.folder / PREDICTED, context.workspace.path)
    context.emit(Event("report", "", report.reason, "failed" if report.verdict == "not proven" else "passed"))
    return str(context.workspace.path / "reports" / "execution_report.json")


def _written(report: ExecutionReport, state: RunState) -> dict[str, str]:
    files = {f"reports/{name}": text for name, text in pages(report).items()}
    files["reports/execution_report.json"] = report.model_dump_json(indent=1) + "\n"
    return files | front(report, state)


def front(report: ExecutionReport, state: RunState) -> dict[str, str]:
    """README and model card."""
    context = {**render_context(state), "report": report, **_decided(report)}
    return rendering.render(rendering.own("_release"), context)


def _decided(report: ExecutionReport) -> dict[str, Any]:
    decision = report.proof.decision if report.proof else None
    return {"decision_words": decision_words(decision), "decision_rows": decision_rows(decision)}


def _misleading(files: Mapping[str, str], state: RunState, context: Context) -> list[str]:
    """What README and model card name as something to run or to look at although the repository lacks it."""
    documents = {name: text for name, text in files.items() if name.endswith(".md") and "/" not in name}
    with TemporaryDirectory(dir=context.scratch) as folder:
        tree = context.workspace.checkout(Path(folder) / "tree")
        return commands.misleading(tree, state["manifest"].package, documents)


def compose(state: RunState, context: Context) -> ExecutionReport:
    """The report as a value, made only of what was measured."""
    specification, proof = state["specification"], state.get("proof")
    roles = tuple(_account(role.name, state.get(role.writes), state) for role in ROLES)
    held, reason = judge(roles, proof)
    sealed, profile, reading = state["sealed"], state["profile"], state.get("reading")  # older runs have no reading
    guessed = reading is not None and bool(reading.asks)
    return ExecutionReport(
        schema_version=REPORT_SCHEMA,
        agent_graph_version=VERSION,
        name=specification.name,
        statement=specification.statement,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        verdict="not proven" if not held else "proven for a guess" if guessed else "proven",
        reason=reason,
        question=_question(state),
        guessed=guessed,
        reading=reading,
        problem=state["problem"],
        data=DataFacts(
            tables=tuple(_size(table, state["problem"], table is profile.main) for table in profile.tables),
            rows=state["problem"].rows,
            columns=len(profile.main.columns),
            open_rows=sealed.open_rows,
            holdout_rows=sealed.holdout_rows,
            digest=sealed.digest,
            unlabelled=_unlabelled(sealed),
            notes=_notes(profile, state["problem"]),
        ),
        stack=_built_with(state),
        roles=roles,
        proof=proof,
        pictures=pictures.pictures(state, context.folder / "proof"),
        sandbox=proof.sandbox if proof else (),
        timings=_timings(state, proof),
        seed=specification.seed,
        budget_s=specification.budget_s,
        revision=state["revision"],
        notes=noted(state),
    )


def _question(state: RunState) -> str:
    """The question that was really built, and how sure it is that this was asked; "" for a run without a reading."""
    reading = state.get("reading")
    if reading is None:
        return ""
    said = state["specification"].target is not None
    return readings.headline(readings.settled(reading, state["problem"]), said=said)


def _built_with(state: RunState) -> tuple[BuiltWith, ...]:
    """What was settled for every choice; what an older run didn't settle has its default."""
    stack = state.get("stack", Stack())
    settled = {each.choice: each for each in stack.chosen}
    found = []
    for option in register.chosen(stack):
        default = Chosen(choice=option.choice, option=option.name, confidence=1.0, reason=NOT_ASKED)
        facts = settled.get(option.choice, default).model_dump()
        found.append(BuiltWith(**facts, line=option.line, shown_by=option.shown_by, tool=option.tool,
                               origin=option.origin))  # fmt: skip
    return tuple(found)


def noted(state: RunState) -> tuple[NoteAccount, ...]:
    """What people said to the roles, each wish looked up in the design that stands."""
    return tuple(
        feedback.account(note, state[role.writes], inputs_of(role, state), BY_NAME)  # type: ignore[literal-required]
        for role in ROLES
        if role.writes in state
        for note in notes_of(role.name, state)
    )


def judge(roles: tuple[RoleAccount, ...], proof: ProofResult | None) -> tuple[bool, str]:
    """Proven: every gate passed, the proof has no failed check, and the sealed rows were scored."""
    if proof is None:
        return False, "The project was never proven: the run ended before."
    gates = [account.gate for account in roles if account.gate]
    failed = [check for gate in gates for check in gate.failed] + list(proof.failed)
    if failed:
        names = ", ".join(dict.fromkeys(f"{check.name} ({check.owner.replace('_', '-')})" for check in failed))
        return False, f"{len(failed)} check{'s' if len(failed) > 1 else ''} failed: {names}."
    unmeasured = [account.role for account in roles if account.gate is None or not account.gate.passed]
    if unmeasured:
        return False, f"Nothing was measured of {', '.join(unmeasured).replace('_', '-')}."
    if proof.holdout is None:
        return False, "The sealed rows were not scored."
    checks = [check for gate in gates for check in gate.checks] + list(proof.checks)
    passed = sum(check.verdict == "passed" for check in checks)
    return True, f"All {passed} checks that could be made here passed, from a clean checkout, scored from outside."


def _unlabelled(sealed: Sealed) -> int:
    """Rows without a label, counted in what intake laid down."""
    return sum(pl.read_parquet(path)["label"].null_count() for path in (sealed.open_labels, sealed.labels))


def _notes(profile: Profile, problem: Problem) -> tuple[str, ...]:
    """What a person should know of how the tables were read; of a wide one the first, and how many more there are."""
    told = [f"{table.name}: {note}" for table in profile.tables for note in table.notes]
    if problem.target.unsettled:
        values = " and ".join(map(repr, problem.target.unsettled))
        told.insert(0, f"{problem.target.column}: {values} are no answer yet, such rows have no label")
    if problem.target.rare:
        told.insert(0, f"{problem.target.column}: {rare_words(problem.target)}")
    more = (f"and {len(told) - MOST_NOTES} more of this kind",) if len(told) > MOST_NOTES else ()
    return (*told[:MOST_NOTES], *more)


def pages(report: ExecutionReport) -> dict[str, str]:
    """The Markdown and the self-contained HTML page of a report."""
    words: Mapping[str, Any] = {
        "report": report,
        **_decided(report),
        "holdout": report.proof.holdout if report.proof else None,
        "promise_words": promise_words(report.proof, report.problem),
        "target_words": target_words(report.problem.target),
        "asked": asked(report),
        "ledger_rows": readings.ledger_rows(report),
        "note_rows": note_rows(report),
        "cost_words": cost_words,
        "uplift_words": uplift_words,
        "wanted_rows": wanted_rows(report),
        "all_calls": all_calls(report),
        "call_rows": call_rows(report),
        "again_words": again_words,
        "money": money,
    }
    html, text = rendering.environment(autoescape=True), rendering.environment()
    for env in (html, text):
        env.filters.update(number=number, shortened=shortened)
    return {
        "execution_report.html": html.get_template("_report/report.html.jinja").render(
            words, plots=plots.plots(report)
        ),
        "execution_report.md": text.get_template("_report/report.md.jinja").render(words),
    }


def _size(table: TableProfile, problem: Problem, main: bool) -> str:
    rows = problem.rows if main else table.rows  # of the main table the profile knows the open rows alone
    return f"{table.name} ({rows:,} × {len(table.columns)})"


def _account(role: str, design: Any, state: RunState) -> RoleAccount:
    gate = state.get(gate_of(role))
    authorship: Authorship | None = state.get(authorship_of(role))  # type: ignore[assignment]
    return RoleAccount(
        role=role,  # type: ignore[arg-type]
        author=authorship.author if authorship else PLAYBOOK_AUTHOR,
        authorship=authorship,
        decisions=tuple(getattr(design, "decisions", ())),
        gate=gate,  # type: ignore[arg-type]
        seconds=gate.seconds if gate else 0.0,  # type: ignore[attr-defined]
    )


def _timings(state: RunState, proof: ProofResult | None) -> tuple[Measure, ...]:
    gates = [(role.name, state.get(gate_of(role.name))) for role in ROLES]
    found = [Measure(name=f"gate of {name}", value=gate.seconds, unit="s") for name, gate in gates if gate]  # type: ignore[attr-defined]
    profile = [Measure(name="profile", value=state["profile"].seconds, unit="s")]
    return (*profile, *found, *([Measure(name="proof", value=proof.seconds, unit="s")] if proof else []))
