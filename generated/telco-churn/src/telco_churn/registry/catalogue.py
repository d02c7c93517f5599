"""Which versions of the model there are, with their tags and aliases: in MLflow's model registry."""

from collections.abc import Mapping

from telco_churn.registry.tracking import client

MODEL = "telco-churn"


def create(run_id: str, tags: Mapping[str, str]) -> str:
    """A new version, made of the model that a run logged; returns its number."""
    from mlflow.exceptions import MlflowException

    store = client()
    try:
        store.get_registered_model(MODEL)
    except MlflowException:
        store.create_registered_model(MODEL)
    source = f"{store.get_run(run_id).info.artifact_uri}/model"
    return str(store.create_model_version(MODEL, source, run_id, tags=dict(tags)).version)


def name(alias: str, version: str) -> None:
    """Let an alias mean this version from now on."""
    client().set_registered_model_alias(MODEL, alias, version)


def names() -> dict[str, str]:
    """The version that each alias means; empty before anything was registered."""
    from mlflow.exceptions import MlflowException

    try:
        return {alias: str(number) for alias, number in client().get_registered_model(MODEL).aliases.items()}
    except MlflowException:
        return {}


def tag(version: str, key: str, value: str) -> None:
    """Note something on a version."""
    client().set_model_version_tag(MODEL, version, key, value)


def tags(version: str) -> dict[str, str]:
    """What is noted on a version."""
    return dict(client().get_model_version(MODEL, version).tags)


def versions() -> list[tuple[str, dict[str, str]]]:
    """All versions with their tags, the newest first."""
    found = client().search_model_versions(f"name = '{MODEL}'", order_by=["version_number DESC"])
    return [(str(one.version), dict(one.tags)) for one in found]
