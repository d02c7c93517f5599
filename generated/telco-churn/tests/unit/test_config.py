"""Settings and configuration: where each value comes from, and who wins."""

from pathlib import Path

import pytest
import yaml

from telco_churn import config
from telco_churn.errors import BadInput


def _overlay(root: Path, name: str, content: object) -> None:
    path = root / "config" / "environments" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def test_folders_lie_below_the_root(project: Path) -> None:
    settings = config.settings()
    assert settings.raw_dir == project / "data" / "raw"
    assert settings.processed_dir == project / "data" / "processed"
    assert settings.features_dir == project / "data" / "features"
    assert settings.pipeline_dir == project / "artifacts" / "features" / "pipeline"
    assert settings.models_dir == project / "artifacts" / "models"
    assert settings.serving_dir == project / "artifacts" / "serving"
    assert settings.reports_dir == project / "artifacts" / "reports"
    assert settings.plots_dir == project / "artifacts" / "plots"
    assert settings.oof_file == project / "artifacts" / "oof.csv"
    assert settings.monitoring_dir == project / "artifacts" / "monitoring"


def test_settings_are_read_once_until_they_are_reset(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.settings().threads
    monkeypatch.setenv(config.ENV_PREFIX + "THREADS", str(before + 1))
    assert config.settings().threads == before
    config.reset()
    assert config.settings().threads == before + 1


def test_an_environment_changes_only_what_its_overlay_names(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = config.load("project")
    _overlay(project, "staging", {"project": {"service": {"port": 9123}}, "process": {"threads": 7}})
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", "staging")
    config.reset()
    assert config.load("project") == {**plain, "service": {**plain["service"], "port": 9123}}
    assert config.settings().threads == 7


def test_a_variable_wins_over_the_overlay(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _overlay(project, "prod", {"process": {"threads": 7}})
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", "prod")
    monkeypatch.setenv(config.ENV_PREFIX + "THREADS", "3")
    config.reset()
    assert config.settings().threads == 3


def test_a_list_in_an_overlay_replaces_the_whole_list(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "config" / "made_up.yaml").write_text("numbers: [1, 2, 3]\nkept: true\n", encoding="utf-8")
    _overlay(project, "dev", {"made_up": {"numbers": [4]}})
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", "dev")
    config.reset()
    assert config.load("made_up") == {"numbers": [4], "kept": True}


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_the_overlays_of_this_project_can_be_used(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", name)
    config.reset()
    content = yaml.safe_load((project / "config" / "environments" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert config.settings().threads == content["process"]["threads"]
    assert config.settings().log_level == content["process"]["log_level"]
    for changed in set(content) - {"process"}:
        assert config.load(changed)


@pytest.mark.parametrize(
    ("variable", "value"), [("THREADS", "many"), ("THREADS", "0"), ("LOG_LEVEL", "loud"), ("ENVIRONMENT", "moon")]
)
def test_a_setting_that_cannot_be_used_is_named(
    variable: str, value: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(config.ENV_PREFIX + variable, value)
    config.reset()
    with pytest.raises(BadInput, match=variable):
        config.settings()


def test_a_missing_config_file_is_named(project: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing_here\.yaml is missing"):
        config.load("nothing_here")


@pytest.mark.parametrize(("text", "reason"), [("[1, 2]", "mapping"), ("{a: [", "no YAML")])
def test_a_config_file_that_is_no_mapping_is_refused(text: str, reason: str, project: Path) -> None:
    (project / "config" / "made_up.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=reason):
        config.load("made_up")
