"""What every way of serving says of itself, so that the same questions can be put to all of them.

What they share is no choice: `python -m <package> serve --host H --port P` starts one, `src/<package>/serving/app.py`
holds `create_app` and `run`, and rows are asked as {"rows": [{column: value, …}, …]}.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_graph import register
from agent_graph.artifacts import Stack
from agent_graph.errors import BadInput


@dataclass(frozen=True)
class Refusals:
    """Statuses of requests that are refused, by what is wrong with them."""

    malformed: tuple[int, ...] = (400,)  # no JSON
    media_type: tuple[int, ...] = (415,)
    invalid: tuple[int, ...] = (422,)  # JSON of another shape, or a field that can't be used: the answer names it
    infinite: tuple[int, ...] = (400, 422)  # numbers that JSON doesn't have
    too_many: tuple[int, ...] = (413, 422)
    too_large: tuple[int, ...] = (413,)


@dataclass(frozen=True)
class Serving:
    """What an option of the choice `serving` says of itself."""

    alive: str  # GET: 200 while the process lives
    ready: str  # GET: 200 while requests are answered, else 503 with Retry-After
    predict: str = "/predict"  # POST
    metrics: str = "/metrics"  # GET, in Prometheus' text format
    model: str = "/model"  # GET: a JSON object with the served `version`
    built_in: frozenset[str] = frozenset()  # paths that its framework answers, whatever the project's files name
    loads: tuple[str, ...] = ()  # modules that it imports: loaded beforehand where that saves time
    refusals: Refusals = field(default_factory=Refusals)


def serving(stack: Stack) -> Serving:
    """What the chosen way of serving says of itself. BadInput when it says nothing that a service could be asked by."""
    if (says := register.said(stack, "serving", Serving)) is None:
        name = register.option_of(stack, "serving").name
        raise BadInput(f"serving={name} doesn't say how its service is asked: its OPTION needs says=Serving(…)")
    return says
