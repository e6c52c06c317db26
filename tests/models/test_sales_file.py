"""Files of sales as people have them: types differ, rows are missing, nothing of the future gets through."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.models.sales_file import SalesFileError, normalise

BEFORE = dt.date(2024, 2, 1)
TIMES = [pd.Timestamp("2024-01-31 23:59:59"), pd.Timestamp("2024-02-01 00:00:00")]


def normalised(tmp_path, **columns):
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table(columns), source)
    return normalise(source, target, BEFORE), pq.read_table(target).to_pylist()


def test_rows_at_or_after_the_date_are_dropped(tmp_path):
    report, rows = normalised(tmp_path, timestamp=TIMES, customer_id=["a", "b"])
    assert (report.rows, report.dropped_rows) == (1, 1)
    assert [row["customer_id"] for row in rows] == ["a"]


@pytest.mark.parametrize(
    "times",
    [
        pa.array(TIMES, pa.timestamp("ns")),
        pa.array(TIMES, pa.timestamp("ms", tz="UTC")),
        pa.array([time - pd.Timedelta(hours=1) for time in TIMES], pa.timestamp("us")).cast(pa.timestamp("us")),
        pa.array(["2024-01-31T23:59:59", "2024-02-01T00:00:00Z"]),
        pa.array(["2024-01-31", "2024-02-01"]),
        pa.array([dt.date(2024, 1, 31), dt.date(2024, 2, 1)]),
        pa.array(["2024-02-01 00:59:59+01:00", "2024-02-01 00:00:00"]),
    ],
)
def test_times_are_read_in_any_usual_type_and_are_utc(tmp_path, times):
    _, rows = normalised(tmp_path, timestamp=times, customer_id=["a", "b"])
    assert rows[0]["timestamp"].utcoffset() == dt.timedelta(0)
    assert rows[0]["timestamp"].date() == dt.date(2024, 1, 31)


@pytest.mark.parametrize("ids", [[7, 8], [7.0, 8.0], ["7", "8"], pa.array(["7", "8"]).dictionary_encode()])
def test_ids_may_be_numbers_or_texts(tmp_path, ids):
    _, rows = normalised(tmp_path, timestamp=TIMES[:1] * 2, customer_id=ids, product_id=ids)
    assert float(rows[0]["customer_id"]) == float(rows[0]["product_id"]) == 7


@pytest.mark.parametrize("price", [pa.nulls(3), pa.array(["", "2.5", None]), pa.array([None, 2.5, float("nan")])])
def test_prices_may_be_empty(tmp_path, price):
    _, rows = normalised(tmp_path, timestamp=TIMES[:1] * 3, customer_id=["a"] * 3, quantity=[2, 2, 2], price=price)
    assert rows[0]["price"] is None
    assert rows[0]["line_total"] == 0
    assert rows[1]["line_total"] in (Decimal(5), Decimal(0))


def test_quantities_may_be_missing_and_negative_ones_are_returns(tmp_path):
    _, rows = normalised(tmp_path, timestamp=TIMES[:1] * 3, customer_id=["a"] * 3, quantity=[None, -1.0, 0.0])
    assert [(row["quantity"], row["is_return"]) for row in rows] == [(1, False), (-1, True), (0, False)]


def test_walk_ins_are_left_out(tmp_path):
    _, rows = normalised(tmp_path, timestamp=TIMES[:1] * 2, customer_id=[None, "b"])
    assert [row["customer_id"] for row in rows] == ["b"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"customer_id": ["a"]}, "lacks the column timestamp"),
        ({"timestamp": [1.5], "customer_id": ["a"]}, "give timestamps"),
        ({"timestamp": ["yesterday"], "customer_id": ["a"]}, "no ISO 8601 time"),
        ({"timestamp": TIMES[1:], "customer_id": ["a"]}, "give a later AS_OF"),
        ({"timestamp": TIMES[:1], "customer_id": ["a"], "price": ["cheap"]}, "no number"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path, columns, words):
    with pytest.raises(SalesFileError, match=words):
        normalised(tmp_path, **columns)


def test_a_missing_or_foreign_file_is_named(tmp_path):
    with pytest.raises(SalesFileError, match=r"none\.parquet does not exist"):
        normalise(tmp_path / "none.parquet", tmp_path / "out", BEFORE)
    (tmp_path / "sales.csv").write_text("timestamp,customer_id\n")
    with pytest.raises(SalesFileError, match="not a Parquet file"):
        normalise(tmp_path / "sales.csv", tmp_path / "out", BEFORE)
