"""What the reader on this machine gives each column, for statements drawn by chance: minutes an hour of statements.

python -m evals.intake.reader COUNT [FOLDER …]    adds to evals/intake/reader.json; begun again, it goes on
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from agent_graph.llm import Door, DoorOptions, likelihoods, parse_models
from agent_graph.prompting.reading import which_column
from agent_graph.settings import settings
from evals.intake.records import OURS, READER, examples, records

SEED = 5


def main() -> None:
    """Ask, and keep what was said, four digits of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("folders", nargs="*", type=Path)
    given = parser.parse_args()
    wanted = records(given.folders or [OURS])
    random.Random(SEED).shuffle(wanted)  # noqa: S311
    kept: dict[str, list[float]] = json.loads(READER.read_text("utf-8")) if READER.exists() else {}
    left = [record for record in wanted[: given.count] if record["id"] not in kept]
    door = Door(parse_models(["local"]), DoorOptions())
    for example in examples(left, settings().cache_dir / "intake"):
        columns = {c.name: [level.value for level in c.levels] for c in example.scene.profile.main.columns}
        asked = which_column(str(example.record["statement"]), columns)
        near = dict(zip(asked.candidates, likelihoods(door, asked), strict=True))
        kept[str(example.record["id"])] = [float(f"{near[name]:.4g}") for name in columns if name in near]
        READER.write_text(json.dumps(kept, separators=(",", ":")), encoding="utf-8")
        print(f"{len(kept)}: {example.record['id']}", flush=True)
    door.close()


if __name__ == "__main__":
    main()
