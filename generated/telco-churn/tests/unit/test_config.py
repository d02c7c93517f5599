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
    plain = config.load("performance")
    _overlay(project, "staging", {"performance": {"budgets": {"memory_mb": 9123}}, "process": {"threads": 7}})
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", "staging")
    config.reset()
    assert config.load("performance") == {**plain, "budgets": {**plain["budgets"], "memory_mb": 9123}}
    assert config.settings().threads == 7


def test_a_variable_wins_over_the_overlay(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _overlay(project, "prod", {"process": {"threads": 7}})
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", "prod")
    monkeypatch.setenv(config.ENV_PREFIX + "THREADS", "3")
    config.reset()
    assert config.settings().threads == 3


def test_a_list_in_an_overlay_replaces_the_whole_list(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = config.load("features")
    bar = {"metric": "made_up", "direction": "min", "value": 0.0}
    _overlay(project, "dev", {"features": {"thresholds": [bar]}})
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", "dev")
    config.reset()
    assert config.load("features") == {**plain, "thresholds": [bar]}


@pytest.mark.parametrize("content", [{"nothing_here": {"a": 1}}, {"process": 3}])
def test_an_overlay_of_what_is_not_there_is_refused(
    content: dict[str, object], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _overlay(project, "dev", content)
    monkeypatch.setenv(config.ENV_PREFIX + "ENVIRONMENT", "dev")
    config.reset()
    with pytest.raises(BadInput, match=f"{next(iter(content))}: no mapping of the keys"):
        config.load("data")


def _changed(project: Path, name: str, key: str, value: object) -> None:
    """Another value at a key, whose parts are joined by dots, of a file of this project's configuration."""
    content = yaml.safe_load((project / "config" / f"{name}.yaml").read_text(encoding="utf-8"))
    place, (*above, last) = content, key.split(".")
    for part in above:
        place = place[int(part) if isinstance(place, list) else part]
    place[last] = value
    (project / "config" / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


THERE = {path.stem for path in (Path(__file__).parents[2] / "config").glob("*.yaml")}  # a part of the project has some
UNUSABLE = [
    ("data", "columns.0.dtype", "colour", r"columns\.0\.dtype: input should be"),
    ("data", "columns.0.required", "perhaps", r"columns\.0\.required"),
    ("data", "columns.0.widest", 3, r"columns\.0\.widest"),
    ("data", "key", ["no such column"], "'no such column' is asked for"),
    ("data", "rules.0.severity", "loud", "'error' or 'warning'"),
    ("data", "service_levels.valid_share", 1.5, r"service_levels\.valid_share"),
    ("features", "folds", 0, "folds: input should be greater"),
    ("features", "folds", 1.5, "folds: input should be a valid integer"),
    ("features", "validation_share", 0.99, "validation_share"),
    ("features", "features.0.transform", "magic", r"features\.0\.transform"),
    ("training", "promote_when", "always", "'not_worse' or 'better'"),
    ("training", "members.0.search", {"C": [3, 1, "log"]}, r"search\.C of .* is no \[low, high, scale\]"),
    ("training", "members.0.search", {"C": [1, 3]}, "is no"),
    ("training", "members.0.kind", "oracle", r"members\.0\.kind"),
    ("training", "search.budget_s", "a while", r"search\.budget_s"),
    ("monitoring", "window.rows", 0, r"window\.rows"),
    ("performance", "budgets.memory_mb", -1, r"budgets\.memory_mb"),
    ("serving", "breaker.failures", 0, r"breaker\.failures"),
]


@pytest.mark.parametrize("name", sorted(THERE & config.FILES.keys()))
def test_a_key_that_nobody_reads_is_refused(name: str, project: Path) -> None:
    assert config.load(name)
    _changed(project, name, "nobody_reads_it", 1)
    config.reset()
    with pytest.raises(BadInput, match=rf"^config/{name}\.yaml: nobody_reads_it: "):
        config.load(name)


@pytest.mark.parametrize(("name", "key", "value", "told"), [case for case in UNUSABLE if case[0] in THERE])
def test_a_value_that_cannot_be_used_is_named(name: str, key: str, value: object, told: str, project: Path) -> None:
    _changed(project, name, key, value)
    with pytest.raises(BadInput, match=rf"^config/{name}\.yaml: .*{told}"):
        config.load(name)


def test_keys_of_another_type_of_column_are_refused(project: Path) -> None:
    column = config.load("data")["columns"][0]
    odd = "known" if column["dtype"] != "string" else "minimum"
    _changed(project, "data", f"columns.0.{odd}", [] if odd == "known" else 0.0)
    config.reset()
    with pytest.raises(BadInput, match=f"'{odd}' says nothing of"):
        config.load("data")


def test_the_plain_member_cannot_be_left_out(project: Path) -> None:
    plan = config.load("training")
    _changed(project, "training", "members", [one for one in plan["members"] if one["kind"] != "linear"])
    config.reset()
    with pytest.raises(BadInput, match=r"^config/training\.yaml: members"):
        config.load("training")
    _changed(project, "training", "members", [*plan["members"], plan["members"][0]])
    with pytest.raises(BadInput, match="two have one name"):
        config.load("training")


def test_two_features_of_one_name_are_refused(project: Path) -> None:
    first = config.load("features")["features"][0]
    _changed(project, "features", "features", [first, first])
    config.reset()
    with pytest.raises(BadInput, match=f"two features are named '{first['name']}'"):
        config.load("features")


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
