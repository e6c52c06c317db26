"""Small synthetic sales histories, as files that `predict` takes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

FIRST_DAY = dt.date(2024, 1, 1)


def regulars(customers: int, days: int, *, seed: int = 7) -> pd.DataFrame:
    """Customers who come back at gamma-distributed rates until many of them leave for good; ten products."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        rate, leaves = rng.gamma(2.0, 0.05) + 0.01, rng.exponential(days)
        day = float(rng.integers(0, max(1, days // 3)))
        while day < min(days, leaves + 20):
            rows += [(customer, day, f"p{(customer + rng.integers(0, 3)) % 10}") for _ in range(2)]
            day += 0.3 + rng.exponential(1 / rate)
    return sales([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


def sales(customers: list[int], days: list[float], products: list[str] | str = "x") -> pd.DataFrame:
    """A sale line for each customer and day since `FIRST_DAY`."""
    return pd.DataFrame(
        {
            "timestamp": pd.Timestamp(FIRST_DAY) + pd.to_timedelta(np.asarray(days, float), unit="D").round("s"),
            "customer_id": [f"c{customer}" for customer in customers],
            "product_id": products,
            "quantity": 1,
            "price": 2.5,
            "payment_method": "card",
        }
    )


def write(frame: pd.DataFrame, folder: Path) -> Path:
    """The sales as a Parquet file."""
    path = folder / "sales.parquet"
    frame.to_parquet(path, index=False)
    return path
