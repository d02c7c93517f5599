"""Whether config/*.yaml is true: every key is read, no fact stands twice, and what can't be used is refused.

Of the whole project: what one role writes there another's code may read.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings, last_lines
from agent_graph.measuring import configured, layout
from agent_graph.measuring.configured import Readers
from agent_graph.measuring.syntax import json_value
from agent_graph.sandbox import Step

ODD = "no_such_key"  # put beside the keys that there are
BAD_INPUT = 2
DRAWN = 4  # places of a file: mappings that get a key more, values that become of another type
SHOWN = 6
Case = tuple[str, str, dict[str, Any]]  # file, key that the refusal has to name, content


def judge(bench: Bench) -> list[Check]:
    """What is read of the text here, then what the project's own `config.load` makes of changed copies, in a cell."""
    content, known = configured.documents(bench.tree), configured.readers(bench.tree)
    return [*read(content, known), *_checked(bench, content, known)]


def read(content: Mapping[str, dict[str, Any]], known: Readers) -> list[Check]:
    """`proof_config_is_read`."""
    findings = Findings("python_pro")
    faults = [f"{each}: nothing reads it" for each in configured.unread(content, known)]
    faults += configured.said_twice(content, known)
    keys = sum(len({place for place, _ in configured.leaves(each, known)}) for each in content.values())
    text = f"{keys} keys of {len(content)} files of config/ are read, and no fact stands in two of them"
    findings.add("proof_config_is_read", not faults, _first(faults) or text, keys=keys, faults=len(faults))
    return findings.checks


def _checked(bench: Bench, content: Mapping[str, dict[str, Any]], known: Readers) -> list[Check]:
    """`proof_config_is_checked`."""
    findings = Findings("python_pro")
    loaded = {stem: each for stem, each in content.items() if stem in known.loaded}
    cases = [case for stem, each in loaded.items() for case in changed(stem, each, known)]
    if not cases:
        findings.not_checked("proof_config_is_checked", "no file of config/ is read by config.load")
        return findings.checks
    faults, seconds = _refused(bench, cases)
    text = f"{len(cases)} changed copies of {len(loaded)} files end with exit code {BAD_INPUT} and one line: the key"
    findings.add("proof_config_is_checked", not faults, _first(faults) or text, seconds, copies=len(cases))
    return findings.checks


def _first(faults: list[str]) -> str:
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(faults[:SHOWN]) + more


def changed(stem: str, content: dict[str, Any], known: Readers) -> Iterator[Case]:
    """Copies of one file: an unknown key in some of its mappings, then a value of another type at some of its keys."""
    draw = random.Random(stem)  # noqa: S311  # the same places whenever the file is the same
    mappings = [place for place in _mappings(content, known) if place]
    for place in [(), *draw.sample(mappings, min(len(mappings), DRAWN - 1))]:
        copied = copy.deepcopy(content)
        _at(copied, place)[ODD] = 1
        yield stem, ODD, copied
    values = [(place, key) for place in _mappings(content, known) for key in _at(content, place)]
    for place, key in draw.sample(values, min(len(values), DRAWN)):
        copied = copy.deepcopy(content)
        here = _at(copied, place)
        here[key] = "another type" if isinstance(here[key], (dict, list)) else {ODD: 1}
        yield stem, str(key), copied


def _mappings(content: Any, known: Readers, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where mappings lie whose keys are fixed."""
    if len(above) >= configured.DEEP:
        return
    if isinstance(content, dict):
        yield above
        for key, value in content.items():
            if not (isinstance(value, dict) and known.any_key(key, top=not above)):
                yield from _mappings(value, known, (*above, key))
    elif isinstance(content, list):
        for at, value in enumerate(content):
            yield from _mappings(value, known, (*above, at))


def _at(content: Any, place: tuple[Any, ...]) -> Any:
    for part in place:
        content = content[part]
    return content


def _refused(bench: Bench, cases: list[Case]) -> tuple[list[str], float]:
    """Faults: copies that are taken, or refused without one line that names the key; and the seconds that it took."""
    given = bench.scratch / "configurations"
    given.mkdir(parents=True, exist_ok=True)
    told = json.dumps([(stem, yaml.safe_dump(content)) for stem, _, content in cases])
    (given / "cases.json").write_text(told, encoding="utf-8")
    package = bench.manifest.package
    words = ("/probes/config_refusals.py", layout.named(package, layout.CONFIG), "/configurations/cases.json")
    result, _ = bench.session([Step("configurations", words, "script", timeout_s=60)], mounts={given.name: given})
    step = result.steps[0]
    try:
        answer = json_value(step.out.splitlines()[-1])
        said, whole = answer["cases"], answer["whole"]
        faults = [f"config/{stem}.yaml as it is: {_told(each)}" for stem, each in whole.items() if each is not None]
        faults += [fault for case, each in zip(cases, said, strict=True) if (fault := _fault(case, each))]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError):
        faults = [f"changed copies of config/ can't be read: {last_lines(step.err or step.out, 3)}"]
    return faults, step.seconds


def _fault(case: Case, said: Mapping[str, Any] | None) -> str:
    stem, key, _ = case
    what = f"config/{stem}.yaml with {f'a key {ODD}' if key == ODD else f'another type at {key}'}"
    if said is None:
        return f"{what} is taken"
    if said["code"] != BAD_INPUT or "\n" in said["said"]:
        return f"{what} ends in {_told(said)}"
    return "" if key in said["said"] else f"{what} is refused without naming it: {_told(said)}"


def _told(said: Mapping[str, Any]) -> str:
    return str(said["said"])[:160]
