"""The cell in which generated code runs: no network but its own loopback, no host files, hard limits, no survivors."""

from agent_graph.sandbox.job import TREE, Job, contents
from agent_graph.sandbox.policy import Export, ExportedFile, Limits, Policy, Result
from agent_graph.sandbox.probe import describe
from agent_graph.sandbox.runtime import build_runtime, tool_path
from agent_graph.sandbox.sandbox import Sandbox, available
from agent_graph.sandbox.steps import SessionResult, Step, StepResult

__all__ = [
    "TREE",
    "Export",
    "ExportedFile",
    "Job",
    "Limits",
    "Policy",
    "Result",
    "Sandbox",
    "SessionResult",
    "Step",
    "StepResult",
    "available",
    "build_runtime",
    "contents",
    "describe",
    "tool_path",
]
