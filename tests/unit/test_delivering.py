"""Delivered predictions carry what names a row: identifiers, and the entity that it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_graph import profiling
from agent_graph.artifacts import Problem
from agent_graph.proof import delivering


def test_the_entity_stands_beside_its_prediction(tmp_path: Path) -> None:
    rows = "\n".join(f"shop {k % 4},{k * 7 % 11},{k % 3}" for k in range(40))
    (tmp_path / "next.csv").write_text(f"shop,size,visits\n{rows}\n", encoding="utf-8")
    (table,) = profiling.profile([str(tmp_path / "next.csv")]).tables
    answers = tmp_path / "answers.csv"
    answers.write_text("row,prediction\n" + "".join(f"{k},{k / 2}\n" for k in range(40)), encoding="utf-8")

    def delivered(entity: str | None) -> list[str]:
        fields: dict[str, Any] = {"columns": (), "entity": entity}
        target = tmp_path / f"{entity}.csv"
        assert delivering._written(answers, table, Problem.model_construct(**fields), target) == ""
        return target.read_text("utf-8").splitlines()[:2]

    assert delivered("shop") == ["shop,prediction", "shop 0,0.0"]
    assert delivered(None) == ["row,prediction", "0,0.0"]
