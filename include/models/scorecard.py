"""The scorecard: past predictions graded against what happened since, and what is to be said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.models.queries import Dataset


def grade(dataset: Dataset, as_of: dt.date, horizon_days: int) -> list[str]:
    """Grade what has become due by as_of; returns a sentence for each day of predictions that left its band."""
    dataset.execute("prediction_scorecard/grade.sql", as_of=as_of, horizon_days=horizon_days)
    return [sentence(row) for row in dataset.execute("prediction_quality/out_of_band.sql", as_of=as_of)]


def sentence(row: Mapping[str, Any]) -> str:
    """What an alert says of a row of `prediction_quality/out_of_band.sql`."""
    said = []
    if row["calibration_error"] > row["calibration_limit"]:
        said.append(f"their calibration error is {row['calibration_error']:.3f}, above {row['calibration_limit']:.3f}")
    if abs(row["interval_coverage"] - 0.8) > row["coverage_tolerance"]:
        said.append(f"their 80 % intervals held {row['interval_coverage']:.0%} of the purchases")
    return (
        f"The predictions of {row['as_of']} have left their band: {' and '.join(said)}. "
        "Look at prediction_quality and prediction_scorecard."
    )
