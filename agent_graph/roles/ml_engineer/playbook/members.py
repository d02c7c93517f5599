"""The ml-engineer's estimators, with defaults and search ranges that fit the number of rows, classes and texts."""

from __future__ import annotations

from agent_graph.artifacts import Member, SearchRange, Setting
from agent_graph.artifacts.training_design import MemberKind, Objective

FEW_ROWS = 6_000  # below: five folds, and small, random trees generalise better
MANY_ROWS = 30_000  # above: one validation part, and deep trees have something to learn
MANY_CLASSES = 10  # above: every boosting round fits that many trees


def linear(objective: Objective, texts: bool) -> Member:
    """Logistic, Poisson or ridge regression; texts carry many weak words, so they bear less penalty."""
    if objective == "log_loss":
        parameters, search = (_setting("C", 4.0 if texts else 0.3),), (_range("C", 0.01, 30.0, log=True),)
    elif objective == "poisson":
        parameters, search = (_setting("alpha", 0.001),), (_range("alpha", 1e-5, 1.0, log=True),)
    else:
        parameters, search = (_setting("alpha", 5.0),), (_range("alpha", 0.1, 300.0, log=True),)
    rounds = 50 if objective == "log_loss" else 200
    return _member("linear", "linear", parameters, search, rounds=(rounds, rounds), share=1.5 if texts else 1.0)


def lightgbm(rows: int, classes: int) -> Member:
    """Leaf-wise trees at a low rate; early stopping finds how many."""
    many = classes > MANY_CLASSES
    parameters = (
        _setting("learning_rate", 0.03 if many else 0.05),
        _setting("num_leaves", 15 if many else 31),
        _setting("min_child_samples", 20),
        _setting("feature_fraction", 0.8),
        _setting("bagging_fraction", 0.9),
        _setting("bagging_freq", 1),
        _setting("lambda_l2", 1.0),
        _setting("cat_smooth", 20.0),
        _setting("min_data_per_group", 50),
    )
    return _member("lightgbm", "lightgbm", parameters, _tree_search(rows), rounds=(120, 3000), share=3.0)


def second_lightgbm(rows: int) -> Member:
    """A LightGBM that errs elsewhere: random thresholds on few rows, deep trees on many."""
    if rows < FEW_ROWS:
        few: tuple[Setting, ...] = (
            _setting("learning_rate", 0.03),
            _setting("num_leaves", 15),
            _setting("min_child_samples", 8),
            _setting("feature_fraction", 0.5),
            _setting("extra_trees", True),
        )
        return _member("lightgbm_random", "lightgbm", few, (), rounds=(250, 3000), share=2.0)
    parameters = (
        _setting("learning_rate", 0.03),
        _setting("num_leaves", 127),
        _setting("min_child_samples", 8),
        _setting("feature_fraction", 0.5),
        _setting("bagging_fraction", 0.9),
        _setting("bagging_freq", 1),
        _setting("cat_smooth", 20.0),
        _setting("min_data_per_group", 50),
    )
    return _member("lightgbm_deep", "lightgbm", parameters, (), rounds=(150, 3000), share=2.0)


def catboost(rows: int) -> Member:
    """Symmetric trees; ordered target statistics make it strong where categories have many levels."""
    parameters = (
        _setting("learning_rate", 0.05 if rows < 3_000 else 0.08),
        _setting("depth", 6),
        _setting("l2_leaf_reg", 3.0),
        _setting("border_count", 128),
        _setting("one_hot_max_size", 12),
        _setting("max_ctr_complexity", 1 if rows > 20_000 else 2),
    )
    search = (
        _range("depth", 4, 8, integer=True),
        _range("l2_leaf_reg", 1.0, 20.0, log=True),
        _range("learning_rate", 0.03, 0.15, log=True),
    )
    return _member("catboost", "catboost", parameters, search, rounds=(150, 2000), share=4.0)


def _tree_search(rows: int) -> tuple[SearchRange, ...]:
    largest = 63 if rows < FEW_ROWS else 255
    return (
        _range("num_leaves", 7, largest, log=True, integer=True),
        _range("min_child_samples", 5, 80, log=True, integer=True),
        _range("feature_fraction", 0.3, 1.0),
        _range("lambda_l2", 0.01, 30.0, log=True),
        _range("learning_rate", 0.02, 0.1, log=True),
    )


def _member(
    name: str,
    kind: MemberKind,
    parameters: tuple[Setting, ...],
    search: tuple[SearchRange, ...],
    *,
    rounds: tuple[int, int],
    share: float,
) -> Member:
    """`rounds`: without a search, and where a search stops."""
    return Member(
        name=name,
        kind=kind,
        parameters=parameters,
        rounds=rounds[0],
        max_rounds=rounds[1],
        search=search,
        time_share=share,
    )


def _setting(key: str, value: float | bool) -> Setting:
    return Setting(key=key, value=str(value).lower() if isinstance(value, bool) else str(value))


def _range(parameter: str, low: float, high: float, *, log: bool = False, integer: bool = False) -> SearchRange:
    return SearchRange(parameter=parameter, low=low, high=high, log=log, integer=integer)
