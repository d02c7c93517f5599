"""What can go wrong, as one small tree; a failed check is a value, not one of these.

AgentGraphError                 every error that a user is meant to read: one clear line
├── BadInput            exit 2  theirs: the data, the statement or an option can't be used
├── NotBuiltYet         exit 2  a kind of problem or an option that this version doesn't know
├── MachineCannot       exit 3  this machine can't
│   ├── SandboxUnavailable      no namespaces here, so no generated code is run
│   └── RuntimeUnavailable      the project's dependencies couldn't be installed
├── MergeConflict       exit 5  theirs and ours: the user and the agents changed the same lines
├── Cancelled           exit 130 somebody asked the run to stop; it can be resumed
├── WaitsForPerson      exit 6  somebody has to answer or approve before the run goes on
├── SandboxSetupError   exit 4  ours: the sandbox itself failed, the program in it never ran
└── DesignRejected      (inside) a rule of a role is broken; the text is written for the role
"""

from __future__ import annotations


def one_line(text: str) -> str:
    """A text as a terminal may show it: one line, without the signs that steer it (names of data may hold some)."""
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))


class AgentGraphError(Exception):
    """A message for a person: it names the thing and the remedy in one line."""

    exit_code = 4


class BadInput(AgentGraphError):
    """The data, the statement or an option can't be used as given."""

    exit_code = 2


class NotBuiltYet(AgentGraphError):
    """A kind of problem, or an option, that this version doesn't know."""

    exit_code = 2


class MergeConflict(AgentGraphError):
    """The agents' work can't be brought beside the user's edits; the user's folder is as it was."""

    exit_code = 5

    def __init__(self, message: str, files: tuple[str, ...]) -> None:
        super().__init__(message)
        self.files = files  # paths in the project


class Cancelled(AgentGraphError):
    """Somebody asked the run to stop; it can be gone on with."""

    exit_code = 130


class WaitsForPerson(AgentGraphError):
    """The run stopped where a person has to say something, and nobody is there."""

    exit_code = 6

    def __init__(self, message: str, payload: dict[str, object]) -> None:
        super().__init__(message)
        self.payload = payload  # what they would be shown


class MachineCannot(AgentGraphError):
    """This machine lacks something that the run can't do without."""

    exit_code = 3


class SandboxUnavailable(MachineCannot):
    """Namespaces can't be created here, so generated code isn't run."""


class RuntimeUnavailable(MachineCannot):
    """The generated project's locked dependencies couldn't be installed."""


class SandboxSetupError(AgentGraphError):
    """The sandbox failed before or beside the program: says nothing about the program."""


class DesignRejected(AgentGraphError):
    """A design has the right shape but breaks a rule of its role."""
