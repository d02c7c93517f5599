"""The data contract, column by column: what must be true of every single row. `config/data.yaml` says why."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from telco_churn.data.rows import LABEL


def _whole(values: pd.Series) -> pd.Series:
    return values == values.round()


WHOLE = pa.Check(_whole, name="whole number", error="whole number")

COLUMNS: dict[str, pa.Column] = {
    "female": pa.Column("float64", [pa.Check.in_range(0.0, 1.0), WHOLE], nullable=False),
    "senior_citizen": pa.Column("float64", [pa.Check.in_range(0.0, 1.0), WHOLE], nullable=False),
    "partner": pa.Column("float64", [pa.Check.in_range(0.0, 1.0), WHOLE], nullable=False),
    "dependents": pa.Column("float64", [pa.Check.in_range(0.0, 1.0), WHOLE], nullable=False),
    "tenure": pa.Column("float64", [pa.Check.in_range(0.0, 108.0), WHOLE], nullable=False),
    "phone_service": pa.Column("float64", [pa.Check.in_range(0.0, 1.0), WHOLE], nullable=False),
    "multiple_lines": pa.Column("str", [pa.Check.isin(["No", "Yes", "No phone service"])], nullable=False),
    "internet_service": pa.Column("str", [pa.Check.isin(["Fiber optic", "DSL", "No"])], nullable=False),
    "online_security": pa.Column("str", [pa.Check.isin(["No", "Yes", "No internet service"])], nullable=False),
    "online_backup": pa.Column("str", [pa.Check.isin(["No", "Yes", "No internet service"])], nullable=False),
    "device_protection": pa.Column("str", [pa.Check.isin(["No", "Yes", "No internet service"])], nullable=False),
    "tech_support": pa.Column("str", [pa.Check.isin(["No", "Yes", "No internet service"])], nullable=False),
    "streaming_tv": pa.Column("str", [pa.Check.isin(["No", "Yes", "No internet service"])], nullable=False),
    "streaming_movies": pa.Column("str", [pa.Check.isin(["No", "Yes", "No internet service"])], nullable=False),
    "contract": pa.Column("str", [pa.Check.isin(["Month-to-month", "Two year", "One year"])], nullable=False),
    "paperless_billing": pa.Column("float64", [pa.Check.in_range(0.0, 1.0), WHOLE], nullable=False),
    "payment_method": pa.Column(
        "str",
        [pa.Check.isin(["Electronic check", "Mailed check", "Bank transfer (automatic)", "Credit card (automatic)"])],
        nullable=False,
    ),
    "monthly_charges": pa.Column("float64", [pa.Check.in_range(0.0, 169.0)], nullable=False),
    "total_charges": pa.Column("float64", [pa.Check.in_range(0.0, 13017.8)], nullable=True),
}
LABELS = pa.Column("str", pa.Check.isin(["No", "Yes"]))


def contract(*, labelled: bool) -> pa.DataFrameSchema:
    """The schema of rows as `read_rows` gives them."""
    return pa.DataFrameSchema({**COLUMNS, LABEL: LABELS} if labelled else COLUMNS)
