"""Where the modules of a generated project lie: the one place on the host that knows, which checks and probes ask."""

from __future__ import annotations

CLI, CONFIG = "cli", "config"
INGEST = "data.ingest"  # load_processed, read_rows, type_records
COLUMNS = "data.columns"  # from_frame, from_records
LABELS = "problem.labels"  # encode, CLASSES
FEATURES = "features.pipeline"  # FeaturePipeline
REGISTRY = "registry.versions"  # champion, register
FOLDS = "training.folds"  # folds
SERVICE = "serving.app"  # the routes of the HTTP service
CANARY = "serving.canary"  # `python -m`: judges what was scraped of two releases
OWN_FUNCTIONS = {  # by the design's field: modules with the functions that a role wrote itself, in FUNCTIONS
    "custom_rules": "data.custom_rules",
    "derived": "features.derived",
    "custom_slices": "problem.custom_slices",
    "custom_metrics": "problem.custom_metrics",
}


def named(package: str, *modules: str) -> str:
    """Their names for an import, separated by commas: what a probe takes as one argument."""
    return ",".join(f"{package}.{module}" for module in modules)


def path(package: str, module: str) -> str:
    """A module's file below the project's root."""
    return f"src/{package}/{module.replace('.', '/')}.py"
