"""Lies of config/*.yaml: keys that nothing reads, facts that stand twice, files that take whatever is put into them."""

from __future__ import annotations

from evals.trust.projects.pair import Pair, all_of, appended, replaced

ROOM, TEXT = "configuration", "configuration text"
READ, CHECKED = "proof_config_is_read", "proof_config_is_checked"
PERFORMANCE, TRAINING, MONITORING = "config/performance.yaml", "config/training.yaml", "config/monitoring.yaml"
BENCH, MODEL = "src/telco_churn/serving/bench.py", "src/telco_churn/serving/__init__.py"
CONFIG = "src/telco_churn/config.py"
FOLDS = "src/telco_churn/training/folds.py"
FROM_PLAN = 'plan["folds"] if plan["folds"] > 1 else round(1 / plan["validation_share"])'
REPEATS = "    single_row_repeats: int = Field(ge=1)\n"

PAIRS: tuple[Pair, ...] = (
    Pair(
        "key of the configuration that nothing reads",
        TEXT,
        READ,
        all_of(
            appended(PERFORMANCE, "warm_up_rows: 64\n"), replaced(MODEL, REPEATS, f"{REPEATS}    warm_up_rows: int\n")
        ),
        all_of(
            appended(PERFORMANCE, "warm_up_rows: 64\n"),
            replaced(MODEL, REPEATS, f"{REPEATS}    warm_up_rows: int\n"),
            replaced(
                BENCH,
                "        one = take(columns, slice(row, row + 1))\n",
                '        one = take(columns, slice(row, row + 1 if turn else load("performance")["warm_up_rows"]))\n',
            ),
        ),
    ),
    Pair(
        "setting that the code holds as a constant",
        TEXT,
        READ,
        all_of(
            replaced(FOLDS, FROM_PLAN, "5"),
            replaced(FOLDS, '[: plan["folds"]]', "[:5]"),
            replaced(FOLDS, '    plan = load("features")\n', ""),
        ),
        replaced(FOLDS, FROM_PLAN, 'round(1 / plan["validation_share"]) if plan["folds"] == 1 else plan["folds"]'),
    ),
    Pair(
        "one fact in two files of the configuration",
        TEXT,
        READ,
        all_of(
            replaced(MONITORING, "window:\n", "promote_when: not_worse\nwindow:\n"),
            replaced(
                "src/telco_churn/monitoring/retrain.py",
                'load("training")["promote_when"]',
                'load("monitoring")["promote_when"]',
            ),
            replaced(
                "src/telco_churn/training/tune.py",
                '    plan = load("training")\n',
                '    plan = load("training")\n    logger.info("plan", extra={"promote_when": plan["promote_when"]})\n',
            ),
        ),
        replaced(
            "src/telco_churn/training/tune.py",
            '    plan = load("training")\n',
            '    plan = load("training")\n    logger.info("plan", extra={"promote_when": plan["promote_when"]})\n',
        ),
    ),
    Pair(
        "configuration that takes any key",
        ROOM,
        CHECKED,
        replaced(
            CONFIG,
            'ConfigDict(frozen=True, extra="forbid", strict=True)',
            'ConfigDict(frozen=True, extra="ignore", strict=True)',
        ),
        replaced(
            CONFIG,
            'ConfigDict(frozen=True, extra="forbid", strict=True)',
            'ConfigDict(extra="forbid", strict=True, frozen=True)',
        ),
    ),
)
