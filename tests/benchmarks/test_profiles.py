"""The profiles benchmark: its shops have the real set's visits, its exponents are those of a power law."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from benchmarks.profiles import LINES_A_CUSTOMER, report, write_sales


def test_a_synthetic_shop_has_every_customer_and_about_twenty_lines_of_each(tmp_path):
    lines = write_sales(tmp_path / "sales.parquet", 500)
    table = pq.read_table(tmp_path / "sales.parquet")
    assert table.num_rows == lines == pytest.approx(500 * LINES_A_CUSTOMER, rel=0.2)
    assert len(set(table["customer_id"].to_pylist())) == 500


def test_exponents_are_those_of_the_growth():
    sizes = [
        {"customers": 100, "seconds": 1.0, "steps": {"train": 5.0}},
        {"customers": 10_000, "seconds": 100.0, "steps": {"train": 5.0}},
    ]
    assert report(sizes)["exponent"] == pytest.approx(1.0)
    assert report(sizes)["exponents"] == {"train": pytest.approx(0.0)}
    assert report(sizes[:1])["exponent"] is None
