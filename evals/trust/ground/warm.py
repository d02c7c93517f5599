"""What a run loads and compiles on its way, done before a fork: each of hundreds of victims would do it again."""

from __future__ import annotations

from importlib import import_module

from agent_graph import prompting
from agent_graph.intake.evidence import encoder
from agent_graph.intake.wishes import read_wishes
from agent_graph.writing import rendering
from evals.trust.ground import STATEMENT

LATE = (
    "h11",
    "httpcore2",
    "jiter",
    "langchain_core.tracers.context",
    "langchain_core.tracers.run_collector",
    "langchain_core.tracers.stdout",
    "langgraph.checkpoint.sqlite",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "openai.resources.chat.chat",
    "PIL.Image",
    "scipy.optimize",
    "scipy.stats",
    "sklearn.model_selection",
    "truststore",
)


def load() -> None:
    """Import what is imported late, compile every template, lay out what words are read with; starts no thread."""
    for name in LATE:
        import_module(name)
    for environment in (rendering.for_files(), prompting.environment()):
        for name in environment.list_templates(extensions=["jinja"]):
            if not name.startswith("_report/"):  # has filters of its own
                environment.get_template(name)
    encoder.directions([STATEMENT])
    read_wishes(STATEMENT)
