"""What a table of one moment can't show: whether its columns are as they were before the answer was known."""

from __future__ import annotations

from agent_graph.artifacts import Assumption, Profile, Split

SURE = 0.5  # nothing in the data speaks for it or against it


def one_moment(profile: Profile, target: str, split: Split, *, ahead: bool) -> tuple[Assumption, ...]:
    """The assumption that stands or falls with what is acted upon, where rows have no time; else nothing.

    `ahead`: the answer is used on rows whose own answer is still to come.
    """
    timed = split.kind == "time" or any(column.kind == "datetime" for column in profile.main.columns)
    if not ahead or timed:
        return ()
    reason = (
        f"the rows have no time: what is known of {target!r} stands beside columns of the same day, so nothing shows "
        "that these were so before it came; rows whose answer has come already are no candidates for the list"
    )
    other = "an older table with the outcomes that came after it would show it"
    choice = f"columns are as they were before {target!r} was known"
    return (Assumption(topic="moment", choice=choice, confidence=SURE, reason=reason, alternatives=(other,)),)
