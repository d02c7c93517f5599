"""A recording of the user's is never emptied: not by a second run, a rerun or a resume."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_graph import Asking, runner
from agent_graph.artifacts import ROLE_NAMES
from agent_graph.errors import BadInput
from agent_graph.settings import settings
from tests.llm.server import Exchange, ModelServer, says, serving
from tests.revise.conftest import Make, Measured, nothing


class Killed(BaseException):
    """Ends the run as a kill would: nothing catches it."""


def costly(exchange: Exchange) -> None:
    """The answer of a model that changes nothing and thinks for half a million tokens."""
    schema = exchange.body["response_format"]["json_schema"]["schema"]
    usage = {"prompt_tokens": 100, "completion_tokens": 505_000}
    says(dict.fromkeys(schema["properties"]), usage=usage)(exchange)


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_a_resumed_run_goes_on_in_its_recording_from_any_folder_and_a_rerun_leaves_it(
    make: Make, measured: Measured, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(name: str) -> None:
        if name == "ml_engineer":
            measured.before = lambda name: None
            raise Killed

    measured.before = kill
    with serving(ModelServer(always=nothing)) as server:
        asking = Asking(models=("openai:stub", "intake=playbook"), base_url=server.url, record=Path("run.jsonl"))
        with pytest.raises(Killed):
            make(asking=asking)
        before = lines(home / "run.jsonl")
        assert before
        (home / "elsewhere").mkdir()
        monkeypatch.setenv("AGENT_GRAPH_STATE", str(settings().state_dir))
        settings.cache_clear()
        monkeypatch.chdir(home / "elsewhere")
        runner.resume("customers")
        assert not (home / "elsewhere" / "run.jsonl").exists()
        recorded = lines(home / "run.jsonl")
        assert recorded[: len(before)] == before
        assert len(recorded) == len(server.requests) == len(ROLE_NAMES)
        runner.rerun("customers", "mlops", "Write it for an intern.")
        assert len(server.requests) > len(ROLE_NAMES)
        assert lines(home / "run.jsonl") == recorded


def test_a_recording_that_exists_turns_a_new_run_and_a_rerun_away(make: Make, home: Path) -> None:
    (home / "run.jsonl").write_text("precious\n")
    with serving(ModelServer(always=nothing)) as server:
        asking = Asking(models=("openai:stub", "intake=playbook"), base_url=server.url, record=home / "run.jsonl")
        with pytest.raises(BadInput, match=r"--record .*run\.jsonl exists already: name another file"):
            make(asking=asking)
        assert not runner.projects()
        make()
        with pytest.raises(BadInput, match=r"exists already: name another file"):
            runner.rerun("customers", "mlops", "Write it for an intern.", asking=asking)
        assert len(runner.history("customers")) == 1
        assert server.requests == []
    assert lines(home / "run.jsonl") == ["precious"]


def test_a_rerun_of_what_a_recording_answered_asks_nobody_before_it_is_said_whom(make: Make, home: Path) -> None:
    with serving(ModelServer(always=nothing)) as server:
        asking = Asking(
            models=("openai:stub", "intake=playbook"), base_url=server.url, record=home / "run.jsonl", cache=False
        )
        make(asking=asking)
        (home / "generated" / "customers").rename(home / "recorded")
        make(asking=asking.model_copy(update={"record": None, "replay": home / "run.jsonl"}))
        asked = len(server.requests)
        with pytest.raises(BadInput, match=r"answered from .*run\.jsonl.*with --model, or --model playbook"):
            runner.rerun("customers", "mlops", "At least 3 replicas.")
        runner.rerun("customers", "mlops", "At least 3 replicas.", asking=Asking(models=("playbook",)))
        assert len(server.requests) == asked


def test_a_cap_that_was_nearly_spent_when_the_run_was_killed_is_so_when_it_goes_on(
    make: Make, measured: Measured
) -> None:
    def kill(name: str) -> None:
        measured.before = lambda name: None
        raise Killed

    measured.before = kill
    with serving(ModelServer(always=costly)) as server:
        asking = Asking(models=("openai:stub", "intake=playbook"), base_url=server.url, max_tokens=510_000, cache=False)
        with pytest.raises(Killed):
            make(asking=asking)
        assert len(server.requests) == 1
        outcome = runner.resume("customers")
        assert len(server.requests) == 1
    capped = [account.role for account in outcome.report.roles if account.authorship and account.authorship.capped]
    assert capped == list(ROLE_NAMES[1:])
