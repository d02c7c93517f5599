"""The online experiment: how many customers it needs, and what a finished one has shown."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
import yaml
from scipy import stats

from telco_churn.config import settings
from telco_churn.errors import BadInput

CONTROL, TREATMENT = "control", "treatment"
UNEVEN = 0.001  # a split less likely than this says that the assignment is broken, so no result can be trusted


@dataclass(frozen=True)
class Verdict:
    """What a finished experiment has shown: `decision` with the numbers behind it."""

    decision: str
    effect: float  # treatment minus control
    low: float  # confidence interval of the effect
    high: float
    p_value: float
    units: dict[str, int]
    guardrails_broken: tuple[str, ...]


def plan() -> dict[str, Any]:
    """The content of `experiments/ab_test.yaml`."""
    path = settings().root / "experiments" / "ab_test.yaml"
    if not path.is_file():
        raise BadInput(f"{path} is missing: run in the project's root")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def sample_size(std: float, effect: float, alpha: float, power: float) -> int:
    """Units per arm of a two-sided test: 2 ((z(1 - alpha/2) + z(power)) std / effect)^2 (Cohen 1988)."""
    z = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    return math.ceil(2 * (z * std / effect) ** 2)


def two_proportions(control: np.ndarray, treatment: np.ndarray, alpha: float) -> tuple[float, float, float, float]:
    """Effect, its interval and the two-sided p-value of a z-test; (n,) zeros and ones for each arm."""
    rates, sizes = (control.mean(), treatment.mean()), (len(control), len(treatment))
    pooled = np.concatenate([control, treatment]).mean()
    error_if_equal = math.sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    error = math.sqrt(sum(rate * (1 - rate) / size for rate, size in zip(rates, sizes, strict=True)))
    effect = float(rates[1] - rates[0])
    p_value = float(2 * stats.norm.sf(abs(effect) / error_if_equal)) if error_if_equal > 0 else 1.0
    reach = float(stats.norm.ppf(1 - alpha / 2)) * error
    return effect, effect - reach, effect + reach, p_value


def analyse(results: pd.DataFrame) -> Verdict:
    """Judge one row per unit: `arm`, `outcome` and a column for each guardrail. `BadInput` names what is wrong."""
    design = plan()
    _require(results, design["guardrails"])
    arms = {arm: results[results["arm"] == arm] for arm in (CONTROL, TREATMENT)}
    units = {arm: len(rows) for arm, rows in arms.items()}
    control, treatment = (arms[arm]["outcome"].to_numpy(dtype=float) for arm in (CONTROL, TREATMENT))
    effect, low, high, p_value = two_proportions(control, treatment, design["alpha"])
    broken = holm({name: _rise(arms, name) for name in design["guardrails"]}, design["alpha"])
    decision = _decision(units, broken, (effect, p_value), design)
    return Verdict(decision, effect, low, high, p_value, units, broken)


def holm(p_values: dict[str, float], alpha: float) -> tuple[str, ...]:
    """The names that stay significant when several are looked at: any error at all is rarer than alpha (Holm 1979)."""
    found: list[str] = []
    for name, p_value in sorted(p_values.items(), key=lambda item: item[1]):
        if p_value >= alpha / (len(p_values) - len(found)):
            break
        found.append(name)
    return tuple(found)


def _decision(
    units: dict[str, int], broken: tuple[str, ...], measured: tuple[float, float], design: dict[str, Any]
) -> str:
    effect, p_value = measured
    share = design["arms"][TREATMENT]["share"]
    if stats.binomtest(units[TREATMENT], sum(units.values()), share).pvalue < UNEVEN:
        return "invalid: the arms are not split as planned"
    if broken:
        return "stop: a guardrail is broken"
    if min(units.values()) < design["sample_size_per_arm"]:
        return (
            "wait: too few units for a decision"  # looking early and stopping at a lucky moment finds effects in noise
        )
    if p_value >= design["alpha"]:
        return "no effect shown"
    better = effect < 0 if design["primary_metric"]["better"] == "lower" else effect > 0
    return "effect shown" if better else "harm shown: the treatment moves the primary metric the wrong way"


def _rise(arms: dict[str, pd.DataFrame], name: str) -> float:
    """The one-sided p-value of a guardrail that is higher under treatment."""
    control, treatment = (arms[arm][name].to_numpy(dtype=float) for arm in (CONTROL, TREATMENT))
    if np.ptp(np.concatenate([control, treatment])) == 0:
        return 1.0
    return float(stats.ttest_ind(treatment, control, equal_var=False, alternative="greater").pvalue)


def _require(results: pd.DataFrame, guardrails: list[str]) -> None:
    absent = [name for name in ("arm", "outcome", *guardrails) if name not in results]
    if absent:
        raise BadInput(f"columns that the analysis needs are absent: {', '.join(absent)}")
    counts = results["arm"].value_counts()
    if min(counts.get(CONTROL, 0), counts.get(TREATMENT, 0)) < 2:
        raise BadInput(f"both arms, {CONTROL} and {TREATMENT}, need at least two units")
    numbers = results[["outcome", *guardrails]]
    if numbers.isna().any(axis=None):
        raise BadInput("outcome and guardrails need a value for every unit")
    if not results["outcome"].isin([0, 1]).all():
        raise BadInput("outcome must be 0 or 1")


def run(results: Annotated[Path, typer.Argument(help="CSV with one row per unit")]) -> None:
    """Analyse a finished experiment; prints the verdict as JSON."""
    typer.echo(json.dumps(asdict(analyse(pd.read_csv(results))), indent=2))


if __name__ == "__main__":
    typer.run(run)
