"""What may be set of each kind of member, and between which bounds: for designs and for what a search brings back."""

from __future__ import annotations

MOST_ROUNDS = 10_000
PARAMETERS: dict[str, dict[str, tuple[float, float]]] = {
    "linear": {"C": (1e-4, 1e3), "alpha": (1e-7, 1e5)},
    "lightgbm": {
        "learning_rate": (0.001, 0.5), "num_leaves": (2, 1023), "max_depth": (-1, 64), "min_child_samples": (1, 5000),
        "feature_fraction": (0.05, 1), "bagging_fraction": (0.05, 1), "bagging_freq": (0, 50), "lambda_l1": (0, 1000),
        "lambda_l2": (0, 1000), "min_split_gain": (0, 100), "cat_smooth": (0, 1000), "cat_l2": (0, 1000),
        "min_data_per_group": (1, 5000), "max_bin": (15, 1023), "extra_trees": (0, 1), "path_smooth": (0, 1000),
    },
    "catboost": {
        "learning_rate": (0.001, 0.5), "depth": (1, 10), "l2_leaf_reg": (0.01, 1000), "border_count": (16, 255),
        "one_hot_max_size": (2, 255), "max_ctr_complexity": (0, 4), "random_strength": (0, 100), "rsm": (0.05, 1),
        "bagging_temperature": (0, 100),
    },
}  # fmt: skip
