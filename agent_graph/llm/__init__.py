"""The door to a model: any provider, and no answer that isn't of the right shape. Importing it loads no client."""

from agent_graph.artifacts import Usage
from agent_graph.llm.account import Entry, Incident, Reason
from agent_graph.llm.backoff import Clock, Patience
from agent_graph.llm.budget import Caps
from agent_graph.llm.door import Door, DoorOptions
from agent_graph.llm.journal import JOURNAL
from agent_graph.llm.likelihood import Weighing, can_weigh, likelihoods
from agent_graph.llm.local.wire import default_reader, with_reader
from agent_graph.llm.recording import ReplayMiss, require_new
from agent_graph.llm.request import Answer, NoAnswer, Parameters, Request
from agent_graph.llm.spec import PLAYBOOK, Models, ModelSpec, parse_model, parse_models
from agent_graph.llm.strict import SchemaNotStrict, strict_schema

__all__ = [
    "JOURNAL",
    "PLAYBOOK",
    "Answer",
    "Caps",
    "Clock",
    "Door",
    "DoorOptions",
    "Entry",
    "Incident",
    "ModelSpec",
    "Models",
    "NoAnswer",
    "Parameters",
    "Patience",
    "Reason",
    "ReplayMiss",
    "Request",
    "SchemaNotStrict",
    "Usage",
    "Weighing",
    "can_weigh",
    "default_reader",
    "likelihoods",
    "parse_model",
    "parse_models",
    "require_new",
    "strict_schema",
    "with_reader",
]
