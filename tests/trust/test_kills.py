"""A run that is killed anywhere goes on as if nobody had killed it; and whoever says so would notice if it didn't."""

from __future__ import annotations

from pathlib import Path

from evals.trust.ground.prints import difference
from evals.trust.kills import measure as kills
from evals.trust.lines import Line


def quiet(text: str) -> None:
    """Nobody listens."""


def test_runs_killed_at_random_moments_at_answers_and_in_a_commit_end_as_if_undisturbed() -> None:
    lines = {line.what: line for line in kills.run(True, quiet)}
    assert [line.verdict for line in lines.values()] == ["passed"] * 4, [line.faults for line in lines.values()]
    assert 4 <= lines[kills.LINES["moment"]].of <= 12
    assert lines[kills.LINES["commit"]].of > 30
    assert lines[kills.PAID].of >= 2 * kills.ANSWERS


def test_every_node_of_the_graph_has_its_two_edges_in_the_whole_measurement() -> None:
    from agent_graph.graph import build_graph

    nodes = set(build_graph().get_graph().nodes) - {"__start__", "__end__"}
    assert set(kills.NODES) == nodes
    wanted = kills.jobs(False)
    assert sorted(edge for job in wanted for edge in job.get("edges", ())) == sorted(
        (node, edge) for node in nodes for edge in ("before", "after")
    )
    assert sum("share" in job for job in wanted) == kills.VICTIMS
    assert wanted == kills.jobs(False)  # the same moments every time


def test_a_file_that_is_lost_changed_or_left_behind_is_noticed() -> None:
    whole = {"project/a.py": "1", "git log": "x"}
    assert difference(whole, dict(whole)) is None
    assert "project/a.py is not there" in str(difference(whole, {"git log": "x"}))
    assert "project/a.py is other" in str(difference(whole, {**whole, "project/a.py": "2"}))
    assert "run/.draft is new" in str(difference(whole, {**whole, "run/.draft": "1"}))


def test_a_call_asked_again_after_its_answer_was_received_was_paid_twice() -> None:
    from evals.trust.kills.server import Asked, Paid

    told = {"who": 0, "name": "moment 1", "received": [{"what": "q", "at": 2.0}]}
    line = Line("kills", kills.PAID)
    kills.count_paid(line, Paid([Asked("0:moment 1", "q", 1.0), Asked("1:moment 1", "q", 3.0)]), told)
    assert (line.held, line.of) == (1, 1)
    kills.count_paid(line, Paid([Asked("0:moment 1", "q", 1.0), Asked("0:moment 1", "q", 3.0)]), told)
    assert line.verdict == "failed"


def test_a_victim_of_whom_nothing_is_heard_did_not_survive(tmp_path: Path) -> None:
    lines = kills.killed([{"name": "moment 0", "no such": "word of a job"}], quiet)
    assert lines[0].verdict == "failed"
    assert lines[0].faults == ["moment 0: nothing came back of it"]
