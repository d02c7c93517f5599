"""Runs in the cell: the plain baseline on raw open rows, its predictions for the held-out rows as CSV."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MOST_ROWS = 50_000
ENDINGS = {"csv": ".csv", "parquet": ".parquet", "jsonl": ".jsonl"}


def read(folder: Path, plan: dict) -> pd.DataFrame:
    path = folder / (plan["table"] + ENDINGS[plan["format"]])
    if plan["format"] == "parquet":
        frame = pd.read_parquet(path)
    elif plan["format"] == "jsonl":
        frame = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    else:
        frame = pd.read_csv(path, sep=plan["delimiter"], dtype=str, keep_default_na=False, na_values=plan["nulls"])
    columns = {n: pd.to_numeric(frame[n], errors="coerce").replace([np.inf, -np.inf], np.nan) for n in plan["numbers"]}
    columns |= {
        n: frame[n].astype(object).where(frame[n].notna(), "").astype(str) for n in plan["categories"] + plan["texts"]
    }
    return pd.DataFrame(columns, index=frame.index)


def estimator(plan: dict) -> Pipeline:
    parts: list[tuple] = []
    if plan["numbers"]:
        scale = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
        )
        parts.append(("numbers", scale, plan["numbers"]))
    if plan["categories"]:
        parts.append(("categories", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5, max_categories=200),
                      plan["categories"]))  # fmt: skip
    parts += [
        (f"text {i}", TfidfVectorizer(min_df=3, max_features=20_000, sublinear_tf=True), n)
        for i, n in enumerate(plan["texts"])
    ]
    head = {"regression": Ridge(alpha=5.0), "count": PoissonRegressor(alpha=1e-3, max_iter=300)}.get(
        plan["task"], LogisticRegression(max_iter=300)
    )
    return Pipeline([("columns", ColumnTransformer(parts)), ("head", head)])


def main() -> None:
    plan = json.loads(Path("/asked/plan.json").read_text(encoding="utf-8"))
    labels = pd.read_parquet("/asked/labels.parquet")["label"]
    train, ask = read(Path("/data"), plan), read(Path("/holdout"), plan)
    known = labels.notna().to_numpy()
    train, labels = train[known], labels[known]
    if len(train) > MOST_ROWS:
        pick = np.sort(np.random.default_rng(0).choice(len(train), MOST_ROWS, replace=False))
        train, labels = train.iloc[pick], labels.iloc[pick]
    table: dict[str, object] = {"row": np.arange(len(ask))}
    if plan["classes"]:
        y = labels.astype(str).map({name: i for i, name in enumerate(plan["classes"])}).to_numpy()
        fitted = estimator(plan).fit(train, y)
        p = np.full((len(ask), len(plan["classes"])), 1e-9)
        p[:, fitted.classes_] = fitted.predict_proba(ask)
        p /= p.sum(axis=1, keepdims=True)
        table["prediction"] = [plan["classes"][i] for i in p.argmax(axis=1)]
        table |= {f"p_{i}": p[:, i] for i in range(p.shape[1])}
    else:
        y = labels.astype(float).to_numpy()
        fitted = estimator(plan).fit(train, np.log1p(y) if plan["log_target"] else y)
        answer = fitted.predict(ask)
        if plan["log_target"]:
            answer = np.expm1(answer)
        table["prediction"] = np.clip(answer, y.min(), y.max())
    pd.DataFrame(table).to_csv(sys.argv[1], index=False)


main()
