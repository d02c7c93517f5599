"""What every monitoring has to show: whoever is called by an alert finds what to do."""

from __future__ import annotations

import re

from agent_graph.artifacts import Check
from agent_graph.bench import Bench, Findings
from agent_graph.measuring import commands, reading
from agent_graph.measuring.watching import monitoring

SECTIONS = ("Symptom", "Check", "Mend")
LEAST = 20  # signs of a section that says something
SHOWN = 6


def check(bench: Bench) -> tuple[Check, ...]:
    """`runbooks_exist`: each alert's runbook is there and whole, and no runbook is for an alert that isn't."""
    findings = Findings("observability")
    if (watched := monitoring(bench)) is None:
        findings.not_checked("runbooks_exist", "this monitoring doesn't say which alerts it has")
        return tuple(findings.checks)
    root, alerts = bench.tree, watched.alerts(bench.tree)
    told = {path: text for path, text in reading.texts(root, (".md",)) if path.startswith("runbooks/")}
    named = {alert.runbook for alert in alerts}
    wrong = [f"{a.name}: runbook {a.runbook!r} is no file" for a in alerts if not _is_book(a.runbook, told)]
    for book in sorted(named & told.keys()):
        sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", told[book], re.MULTILINE | re.DOTALL))
        empty = [each for each in SECTIONS if len(sections.get(each, "").strip()) < LEAST]
        wrong += [f"{book}: no text under {each!r}" for each in empty]
        files = set(re.findall(r"(?<![\w/])((?:runbooks|config|docs|monitoring)/[\w./-]+\.\w+)", told[book]))
        wrong += [f"{book} names {each}, which isn't there" for each in sorted(files) if not (root / each).exists()]
    known = {alert.name for alert in alerts}
    for book, text in told.items():
        said = re.findall(r"`(\w+)`", "".join(re.findall(r"^Alerts:.*$", text, re.MULTILINE)))
        wrong += [f"{book} is for {each!r}, which is no alert" for each in sorted(set(said) - known)]
    wrong += dict.fromkeys(commands.misleading(root, bench.manifest.package, told))
    if not named & told.keys() and not wrong:
        wrong.append("no alert names a runbook")
    good = f"{len(named & told.keys())} runbooks for {len(alerts)} alerts, each with {', '.join(SECTIONS)}"
    findings.add("runbooks_exist", not wrong, "; ".join(wrong[:SHOWN]) or good, runbooks=len(named & told.keys()))
    return tuple(findings.checks)


def _is_book(name: str, told: dict[str, str]) -> bool:
    return re.fullmatch(r"runbooks/[a-z0-9-]+\.md", name) is not None and name in told
