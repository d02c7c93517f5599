"""docs/architecture.md is drawn from the code."""

from __future__ import annotations

from evals import architecture


def test_the_page_is_what_the_code_says() -> None:
    assert architecture.PAGE.read_text("utf-8") == architecture.page(), (
        "run `make architecture` and read the difference"
    )


def test_every_room_is_on_a_floor_and_every_arrow_goes_down() -> None:
    stairs = architecture.floors()
    floor = {room: place for place, groups in enumerate(stairs) for group in groups for room in group}
    assert len(stairs) == 9
    assert all(floor[one] <= floor[other] for one, other in architecture.arrows())
