"""What a generated project may import, with the oldest version that is known to work."""

from __future__ import annotations

from agent_graph.artifacts import MemberKind, Setting


def _settings(**floors: str) -> tuple[Setting, ...]:
    return tuple(Setting(key=name.replace("_", "-"), value=floor) for name, floor in floors.items())


_MEMBERS = {"catboost": ">=1.2.8", "lightgbm": ">=4.7"}
_ALWAYS = _settings(
    duckdb=">=1.4",
    fastapi=">=0.139",
    joblib=">=1.4",
    matplotlib=">=3.10",
    mlflow=">=3.17,<4",
    numpy=">=2.2",
    optuna=">=5",
    pandas=">=3",
    pandera=">=0.35",
    prometheus_client=">=0.23",
    pyarrow=">=22",
    pydantic=">=2.13",
    pydantic_settings=">=2.12",
    pyyaml=">=6",
    scikit_learn=">=1.9",
    scipy=">=1.16",
    starlette=">=0.46",
    threadpoolctl=">=3.5",
    typer=">=0.29",
    uvicorn=">=0.35",
)
DEV = _settings(
    httpx=">=0.28",
    httpx2=">=2",
    mypy=">=2",
    pandas_stubs=">=3",
    pytest=">=9",
    pytest_cov=">=7",
    ruff=">=0.16",
    types_pyyaml=">=6",
)


def runtime_dependencies(members: tuple[MemberKind, ...]) -> tuple[Setting, ...]:
    """The dependencies of a project whose ensemble has these members, by name."""
    kinds = _settings(**{kind: floor for kind, floor in _MEMBERS.items() if kind in members})
    return tuple(sorted((*_ALWAYS, *kinds), key=lambda setting: setting.key))
