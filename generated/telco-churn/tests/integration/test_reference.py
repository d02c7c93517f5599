"""The monitoring's memory belongs to the model that is served."""

from pathlib import Path

import pytest
from synthetic import LABEL, make_rows, write_raw

from telco_churn import config
from telco_churn.cli import main


def test_monitoring_follows_the_champion(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a window is compared with is the served version's own; another version's is refused, not used."""
    several = config.load("monitoring")["window"]["minimum_rows"] + 20
    window = write_raw(make_rows(several, seed=1).drop(columns=[LABEL]), root / "window")

    def judged() -> bool:
        capsys.readouterr()
        code = main(["monitor", "--input", str(window)])
        said = capsys.readouterr().err.strip().splitlines()
        if code == 2:
            assert "run `python -m telco_churn reference`" in said[-1]
        return code in (0, 3)

    assert main(["reference"]) == 0
    assert judged()
    for change in (["train"], ["promote", "--force"]), (["rollback"],):
        assert all(main(words) == 0 for words in change)
        assert not judged()
        assert main(["reference"]) == 0
        assert judged()
