"""Any sales file: text ids, walk-ins, fractions, and sales without ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.lightspeed import dataset, history
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 5, 5, tzinfo=UTC)
MORNING, EVENING = datetime(2026, 5, 1, 9, tzinfo=UTC), datetime(2026, 5, 1, 18, tzinfo=UTC)


def test_text_ids_become_numbers_and_their_text_stays_as_the_code(tmp_path: Path) -> None:
    table = pa.table(
        {
            "timestamp": [EVENING, MORNING, MORNING],
            "customer_id": ["zoe", None, None],
            "product_id": ["tea", "tea", "rice"],
            "quantity": [1.0, 0.5, 2.0],
            "price": [3.0, 3.0, 1.5],
        }
    )
    pq.write_table(table, tmp_path / "sales.parquet")
    store = Store(tmp_path / "store.sqlite3")
    history.fill(store, dataset.sales_file(tmp_path / "sales.parquet"), SimulatorSettings(), NOW)
    walk_in, known = store.sales("ORDER BY completed_us")
    (customer,) = store.customers("ORDER BY customer_id")
    skus = [product.sku for product in store.products("ORDER BY product_id")]
    store.close()
    assert walk_in.customer_id == 0
    assert [line.quantity for line in walk_in.lines] == [0.5, 2.0]
    assert walk_in.total == 4_500_000
    assert (known.customer_id, customer.code) == (1, "zoe")
    assert skus == ["rice", "tea"]


def test_the_days_of_a_file_can_be_moved_to_today(tmp_path: Path) -> None:
    table = pa.table({"timestamp": [MORNING], "customer_id": [1], "product_id": [1], "quantity": [1]})
    pq.write_table(table, tmp_path / "sales.parquet")
    columns = dataset.sales_file(tmp_path / "sales.parquet", today=MORNING.date())
    assert dataset.shift_us(columns, NOW) == 4 * 86_400_000_000
