"""What the project is built with, settled with the question: by `--set`, by the words, else the default."""

from __future__ import annotations

from collections.abc import Mapping

from agent_graph import register
from agent_graph.artifacts import NOT_ASKED, Chosen, Reading, Specification, Stack
from agent_graph.errors import BadInput
from agent_graph.intake.wishes import Found, read_wishes
from agent_graph.option import Choice

SAID, UNWANTED = 1.0, 0.0
BY_MODEL = 0.95  # wishes that a model read: evals/results/intake.md


def settle(specification: Specification, reading: Reading) -> Stack:
    """One option of every choice, how sure it is that the person wants it, and why.

    BadInput when the words ask for two options of a choice, or when two that were settled can't live together.
    """
    said = {setting.key: setting.value for setting in specification.options}
    read = {wish.key: wish.value for wish in reading.wishes}
    wished = read_wishes(specification.statement)
    words = [one for one in wished.stack if (one.key, one.value) in register.options()]
    declined = {(one.key, one.value): one.words for one in wished.declined}
    chosen = []
    for name, choice in register.choices().items():
        asked = [one for one in words if one.key == name]
        if name in said:
            one = Chosen(choice=name, option=said[name], confidence=SAID, reason=f"--set {name}={said[name]}")
        elif reading.by == "model" and (name, read.get(name, "")) in register.options():
            one = _read(name, read[name], asked)
        elif asked:
            one = _heard(name, asked)
        else:
            one = _unasked(choice, read.get(name, ""), declined)
        chosen.append(one)
    return held(Stack(chosen=tuple(chosen)))


def _unasked(choice: Choice, missed: str, declined: Mapping[tuple[str, str], str]) -> Chosen:
    """The first option that isn't turned down; where all are, the default, which is said."""
    names = register.named(choice.name)
    left = [name for name in names if (choice.name, name) not in declined]
    if not left:
        why, sure = f"{names[0]} is turned down, and there is no other here", UNWANTED
    elif missed:
        why, sure = f"{missed} is asked for and isn't built here", UNWANTED
    else:
        why, sure = (NOT_ASKED if left[0] == names[0] else f"{names[0]} is turned down"), SAID
    return Chosen(choice=choice.name, option=left[0] if left else names[0], confidence=sure, reason=why)


def _read(choice: str, option: str, asked: list[Found]) -> Chosen:
    """What a model read, with the words where a rule found them, too."""
    found = next((one for one in asked if one.value == option), None)
    reason = f"the statement says {found.words!r}" if found else "the statement asks for it, as the model read it"
    return Chosen(choice=choice, option=option, confidence=found.confidence if found else BY_MODEL, reason=reason)


def _heard(choice: str, asked: list[Found]) -> Chosen:
    """What the words name; BadInput where they name more than one."""
    one, *others = asked  # each option once, as the words are read
    if others:
        named = " and ".join(repr(found.words) for found in asked)
        remedy = " or ".join(f"--set {choice}={found.value}" for found in asked)
        raise BadInput(f"the statement names {named}, and a project has one {choice}: say which, {remedy}")
    why = f"the statement says {one.words!r}"
    return Chosen(choice=choice, option=one.value, confidence=one.confidence, reason=why)


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
