"""What a generated project is installed with: how it is licensed, and which versions have known vulnerabilities."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping

from agent_graph.artifacts import Dependencies, LicenceCount, Vulnerability
from agent_graph.sandbox import packages
from agent_graph.settings import settings

PATIENCE_S = 5.0
LARGEST = 8_000_000  # bytes of an answer; one about 125 packages is some kilobytes


def dependencies(lock: str) -> Dependencies:
    """The account of a lock. RuntimeUnavailable for one that holds anything but listed packages, pinned and hashed.

    The database at `AGENT_GRAPH_VULNERABILITIES` (OSV's by default, which pip-audit reads as well) hears names and
    versions of public packages, nothing else. Where it can't be reached the account says so: that is no good news.
    """
    versions = packages.locked(lock)
    counts = Counter(packages.allowed()[name] for name in versions)
    found: tuple[Vulnerability, ...] = ()
    why = ""
    try:
        found = vulnerabilities(versions, settings().vulnerabilities)
    except NotAskedError as error:
        why = str(error)
    return Dependencies(
        packages=len(versions),
        licences=tuple(LicenceCount(licence=name, packages=count) for name, count in counts.most_common()),
        vulnerabilities=found,
        not_asked=why,
    )


class NotAskedError(Exception):
    """Nobody could be asked; the message says why."""


def vulnerabilities(versions: Mapping[str, str], address: str) -> tuple[Vulnerability, ...]:
    """Those that the database at `address` (OSV's `querybatch`) knows of these versions, in one question."""
    if not address:
        raise NotAskedError("AGENT_GRAPH_VULNERABILITIES is empty")
    if not address.startswith(("https://", "http://127.0.0.1:")):
        raise NotAskedError(f"{address[:80]!r} is no https address")
    queries = [{"package": {"name": n, "ecosystem": "PyPI"}, "version": v} for n, v in versions.items()]
    body = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - looked at above
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            results = json.loads(answer.read(LARGEST))["results"]
        pairs = list(zip(versions.items(), results, strict=True))
        return tuple(
            Vulnerability(package=name, version=version, known_as=str(hole["id"])[:60])
            for (name, version), result in pairs
            for hole in result.get("vulns", ())
        )
    except urllib.error.HTTPError as error:
        raise NotAskedError(f"{address} answered {error.code}") from error
    except OSError as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        raise NotAskedError(f"{address} can't be reached from here ({str(why)[:120]})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotAskedError(f"{address} gave an answer that can't be read") from error
