"""Every check and test that docs/coverage.md names is really there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_name_on_the_coverage_page_exists() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text("utf-8")
    sources = [*(ROOT / "agent_graph" / "checks").glob("*.py"), ROOT / "agent_graph" / "proof.py"]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    made = set(re.findall(r"[\"']([a-z]+(?:_[a-z]+)+)[\"']", code)) | {
        f"{stem}_runs" for stem in ("tune", "train", "evaluate", "promote", "predict")
    }
    unknown = []
    for line in page.splitlines():
        if not line.startswith("|"):
            continue
        for name in re.findall(r"`([^`]+)`", line.split("|")[-2]):
            if "/" in name or "." in name:
                unknown += [] if (ROOT / name).exists() or name.startswith("docs/") else [name]
            elif "_" in name and name not in made:
                unknown.append(name)
    assert not unknown
