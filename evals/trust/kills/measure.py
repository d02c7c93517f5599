"""Nothing is lost: a run that is killed (-9) at any moment and resumed ends as if nobody had killed it.

Real graph, designs, templates, prompts, git and SQLite, a model over real HTTP; what would be measured in the cell is a
stand-in, so that a run takes seconds. `python -m evals.trust.kills --real` kills one run with the real cell.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

from evals.trust.ground.nest import heard, in_memory
from evals.trust.kills.server import Paid, serving
from evals.trust.lines import Line, Say, timed

ROLES = ("data_engineer", "data_scientist", "ml_engineer", "python_pro", "mlops", "observability")
NODES = (
    "intake",
    *(f"{role}{end}" for role in ROLES for end in ("", "_review", "_gate")),
    "sign_off",
    "prove",
    "report",
)
VICTIMS = 42  # most of them are killed three times: more than 100 random moments
ANSWERS, WRITES, CHAINS = 9, 12, 4
SEED = 5
LINES = {
    "moment": "kill -9 at a random moment of a run, resumed",
    "rerun": "kill -9 at a random moment of a rerun, resumed",
    "node": "kill -9 before and after each node",
    "answer": "kill -9 after each answer of a model",
    "write": "kill -9 inside a write of the state database",
    "commit": "kill -9 before each file operation and git call of a commit",
    "adopt": "kill -9 before file operations and git calls of a gate that adopts a file",
    "gate": "kill -9 before file operations and git calls from the last gate to the record",
    "revert": "kill -9 before file operations and git calls of a revert",
    "accept": "kill -9 before file operations and git calls of a take-over",
}
PAID = "answered calls of a model, none paid twice"
UNASKING = ("commit", "revert", "accept")  # verbs that ask no model
Job = dict[str, Any]


def run(sample: bool, say: Say) -> list[Line]:
    """All lines of this part."""
    return killed(jobs(sample), say)


def jobs(sample: bool) -> list[Job]:
    """What is killed where; the same for the same seed. A name's first word is its line."""
    chance = Random(SEED)  # noqa: S311 - of moments
    made: list[Job] = []
    for number in range(4 if sample else VICTIMS):
        verb = "rerun" if number % 10 > 6 and not sample else "new"
        share, again = chance.uniform(0.01, 0.99), (chance.uniform(0.02, 0.4), chance.uniform(0.02, 0.4))
        job = {"share": share, "again": again, "alone": number % 5 == 0, "verb": verb}
        made.append({"name": f"{'rerun' if verb == 'rerun' else 'moment'} {number} at {share:.3f}", **job})
    made += [{"name": f"answer {number}", "answer": number} for number in ((2, 3) if sample else range(1, ANSWERS + 1))]
    if not sample:
        edges = [(node, edge) for node in NODES for edge in ("before", "after")]
        made += [{"name": f"node edges {turn}", "edges": edges[turn::CHAINS]} for turn in range(CHAINS)]
        made += [{"name": f"write {number}", "verb": "rerun", "write": number} for number in range(3, 3 * WRITES, 3)]
        made.append({"name": "gate operation", "verb": "gate", "every": 12})
        made.append({"name": "adopt operation", "verb": "adopt", "every": 12, "most": 140})
        made += [{"name": f"{verb} operation", "verb": verb, "every": 16} for verb in ("revert", "accept")]
    return [*made, {"name": "commit operation", "verb": "commit", "every": 1}]


def killed(wanted: Sequence[Job], say: Say) -> list[Line]:
    """Have these victims killed and resumed; a line for each kind, and one for what the model was asked."""
    lines = {
        kind: Line("kills", LINES[kind]) for kind in LINES if any(job["name"].split()[0] == kind for job in wanted)
    }
    paid_line, ways = Line("kills", PAID), Counter[str]()
    unseen = {job["name"] for job in wanted}
    with in_memory("agent-graph-kills-") as folder, serving() as paid, timed(paid_line):
        for told in heard("evals.trust.kills.nest", [json.dumps(job) for job in wanted], str(folder), paid.url):
            if "lengths" in told:
                lengths = ", ".join(f"{verb} {seconds:.1f} s" for verb, seconds in told["lengths"].items())
                paid_line.figures = f"undisturbed: {lengths}"
                continue
            unseen.discard(told["job"])
            line = lines[told["job"].split()[0]]
            for life in range(max(1, told["killed"])):  # each kill is a moment of its own
                name = f"{told['name']}, kill {life + 1}" if told["killed"] > 1 else told["name"]
                line.saw(name, told["fault"] or (None if told["killed"] else "was never killed"))
            ways.update(told["ways"])
            count_paid(paid_line, paid, told)
            if (done := sum(each.of for each in lines.values())) % 20 == 0:
                say(f"{done} killed, {sum(each.held for each in lines.values())} as if undisturbed")
    for name in sorted(unseen):
        lines[name.split()[0]].saw(name, "nothing came back of it")
    next(iter(lines.values())).figures = ", ".join(f"{way}: {count}" for way, count in ways.most_common())
    asks = any(job.get("verb") not in UNASKING for job in wanted)
    return [*lines.values(), *([paid_line] if asks else [])]


def count_paid(line: Line, paid: Paid, told: dict[str, Any]) -> None:
    """No request may come after its answer was received, by the same victim in any of its lives."""
    name = f"{told['who']}:{told['name']}"
    asked = [each for each in paid.requests if each.who == name]
    for received in told["received"]:
        twice = any(each.what == received["what"] and each.at > received["at"] for each in asked)
        line.saw(f"{name}, {received['what'][:8]}", "was paid twice" if twice else None)
