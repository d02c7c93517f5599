"""What the project is built with, settled with the question: by `--set`, by the words, else the default."""

from __future__ import annotations

from collections.abc import Iterable

from agent_graph import register
from agent_graph.artifacts import Chosen, Setting, Specification, Stack
from agent_graph.errors import BadInput

SAID, HEARD = 1.0, 0.85  # HEARD: wishes found against those read where none was said, evals/results/intake.md


def settle(specification: Specification, wishes: Iterable[Setting]) -> Stack:
    """One option of every choice, with the reason. BadInput when two of them can't live together.

    `wishes` are what was heard in the words; tools that aren't built are not among a project's (the ledger says so).
    """
    said = {setting.key: setting.value for setting in specification.options if setting.key in register.choices()}
    heard: dict[str, str] = {}
    for wish in wishes:
        if (wish.key, wish.value) in register.options():
            heard.setdefault(wish.key, wish.value)
    chosen = []
    for name, choice in register.choices().items():
        if name in said:
            chosen.append(Chosen(choice=name, option=said[name], confidence=SAID, reason=f"--set {name}={said[name]}"))
        elif name in heard:
            chosen.append(Chosen(choice=name, option=heard[name], confidence=HEARD, reason="the statement asks for it"))
        else:
            chosen.append(Chosen(choice=name, option=choice.default, confidence=SAID, reason="nobody asks for another"))
    return held(Stack(chosen=tuple(chosen)))


def anew(stack: Stack, choice: str, option: str, words: str) -> Stack:
    """The stack with another option that a note asks for. BadInput when it can't live with the others."""
    known = {each.choice: each for each in stack.chosen}
    known[choice] = Chosen(choice=choice, option=option, confidence=SAID, reason=f"a note asks for it: {words}")
    return held(Stack(chosen=tuple(known[name] for name in register.choices() if name in known)))


def held(stack: Stack) -> Stack:
    """The stack, if every facet that an option needs is given by another. BadInput names the two."""
    chosen = register.chosen(stack)
    given = {facet for option in chosen for facet in option.gives}
    for option in chosen:
        for facet in sorted(option.needs - given):
            able = [o for o in register.options().values() if facet in o.gives]
            other = next(each for each in chosen if each.choice == able[0].choice) if able else None
            instead = f", and {other.choice}={other.name} has none" if other else ""
            remedy = " or ".join(f"{o.choice}={o.name}" for o in able) or "another option"
            raise BadInput(f"{option.choice}={option.name} needs {facet}{instead}: choose {remedy}")
    return stack
