"""Fills a new store from a sales data set: what came before the first start is history, the rest pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sandbox.lightspeed import people
from sandbox.lightspeed.dataset import SalesColumns, shift_us
from sandbox.lightspeed.records import MICROS, Product, encode_blob, to_us
from sandbox.lightspeed.store import Store, customer_row, product_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    from sandbox.lightspeed.settings import SimulatorSettings

PAYMENT_TYPES: Final = (
    ("Cash", "cash"),
    ("Credit Card", "credit card"),
    ("Debit", "user defined"),
    ("Gift Card", "gift card"),
)
_TENDER_OF_TEN: Final = np.array([1, 1, 2, 2, 2, 2, 2, 3, 3, 4])
_DAY_US: Final = 86_400 * MICROS
_CHUNK: Final = 20_000
"""Sales that are held as Python objects at a time."""
_INSERT_SALES: Final = (
    "INSERT INTO sales (sale_id, version, is_completed, is_voided, is_live, created_us, completed_us,"
    " updated_us, timestamp_s, customer_id, shop_id, register_id, employee_id, return_of, line_count, total,"
    " lines, payments)"
    " VALUES (?, ?, 1, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)"
)
_INSERT_PENDING: Final = "INSERT INTO pending_sales VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def fill(
    store: Store,
    columns: SalesColumns,
    settings: SimulatorSettings,
    now: datetime,
    max_history_sales: int | None = None,
) -> None:
    """Write the shop's catalogue, customers and sales into an empty store, in one transaction.

    Args:
        store: An empty store.
        columns: The sales to sell; ids of sales and lines do not depend on ``max_history_sales``.
        settings: Registers and tax.
        now: Aware; the moment of the simulator's first start.
        max_history_sales: Keep only that many of the newest sales before ``now``; None keeps all.
    """
    start_us = to_us(now)
    shift = shift_us(columns, now)
    sales = _SaleRows(columns, settings, shift)
    history = int(np.searchsorted(sales.completed_us, start_us, side="right"))
    first = 0 if max_history_sales is None else max(0, history - max_history_sales)
    opened_us = int(sales.completed_us[0]) - 30 * _DAY_US if len(sales) else start_us
    with store.transaction():
        _write_payment_types(store, sales.tenders)
        _write_products(store, columns, opened_us)
        _write_customers(store, columns, shift)
        version = store.next_versions(history - first)
        for low in range(first, history, _CHUNK):
            rows = sales.history(low, min(low + _CHUNK, history), version + low - first)
            store.insert_many(_INSERT_SALES, rows)
        store.insert_many(_INSERT_PENDING, sales.pending(history, len(sales)))
        for key, value in (("first_start_us", start_us), ("virtual_us", start_us), ("shift_us", shift)):
            store.set_meta(key, str(value))
        store.set_meta("next_line_id", str(len(columns.sale_id) + 1))
        store.set_meta("next_payment_id", str(2 * len(sales) + 1))
        store.set_meta("next_sale_id", str(int(columns.sale_id.max(initial=0)) + 1))


class _SaleRows:
    """Sales grouped from their lines, with generated registers, employees and tenders."""

    def __init__(self, columns: SalesColumns, settings: SimulatorSettings, shift: int) -> None:
        ids = columns.sale_id
        starts = np.flatnonzero(np.diff(ids, prepend=ids[:1] - 1)) if len(ids) else np.zeros(0, np.int64)
        self._columns = columns
        self._starts = starts
        self._bounds = [*starts.tolist(), len(ids)]
        self.completed_us: NDArray[np.int64] = columns.completed_us[starts] + shift
        self._sale_id = ids[starts]
        self._hash = _mix(self._sale_id)
        self._totals = np.add.reduceat(columns.total, starts) if len(ids) else np.zeros(0, np.int64)
        self._taxed = self._totals + (
            np.add.reduceat(columns.total * settings.tax_basis_points // 10_000, starts) if len(ids) else 0
        )
        self._registers = settings.registers
        self.tenders, self._tender = self._choose_tenders()

    def __len__(self) -> int:
        return len(self._starts)

    def _choose_tenders(self) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
        """Payment types of this shop, and each sale's main one: the data's own, or the customer's habit."""
        named = self._columns.payment_method
        if named is not None:
            names = sorted({name for name in named if name})
            known = dict(PAYMENT_TYPES)
            number = {name: index for index, name in enumerate(names, start=1)}
            chosen = np.array([number.get(named[start], 1) for start in self._starts], np.int64)
            return [(name, known.get(name, "user defined")) for name in names] or [PAYMENT_TYPES[0]], chosen
        customer = self._columns.customer_id[self._starts]
        habit = _TENDER_OF_TEN[(_mix(customer + 7) % 10).astype(np.int64)]
        other = _TENDER_OF_TEN[(self._hash >> 20) % 10]
        return list(PAYMENT_TYPES), np.where((self._hash >> 8) % 5 == 0, other, habit)

    def _payments(self, first: int, last: int) -> Iterator[bytes]:
        """Each sale's tenders; about three in a hundred are split, a third of it in cash."""
        cent = MICROS // 100
        taxed = (self._taxed[first:last] + cent // 2) // cent * cent
        split = ((self._hash[first:last] >> 32) % 33 == 0) & (taxed >= MICROS)
        generated = self._columns.payment_method is None
        part = np.where(split & generated, taxed // 3 // cent * cent, 0).tolist()
        rows = zip(range(first, last), self._tender[first:last].tolist(), taxed.tolist(), part, strict=True)
        for index, tender, amount, small in rows:
            tenders = [(2 * index + 1, tender, amount - small)]
            if small:
                tenders.append((2 * index + 2, 1 if tender != 1 else 4, small))
            yield encode_blob(tenders)

    def _lines(self, first: int, last: int) -> Iterator[bytes]:
        """Each sale's lines as the blob of a list of `Line`; line ids number the whole data set."""
        low, high = self._bounds[first], self._bounds[last]
        columns = self._columns
        parts = (columns.product_id, columns.quantity, columns.total, columns.discount)
        lines = list(zip(range(low + 1, high + 1), *(part[low:high].tolist() for part in parts), strict=True))
        for index in range(first, last):
            yield encode_blob(lines[self._bounds[index] - low : self._bounds[index + 1] - low])

    def _heads(self, first: int, last: int) -> list[list[Any]]:
        chosen = slice(first, last)
        register = self._hash[chosen] % self._registers + 1
        return [
            self.completed_us[chosen].tolist(),
            self._sale_id[chosen].tolist(),
            self._columns.customer_id[self._starts[chosen]].tolist(),
            self._columns.shop_id[self._starts[chosen]].tolist(),
            register.tolist(),
            ((self._hash[chosen] >> 16) % (2 * self._registers) + 1).tolist(),
            np.diff(self._bounds[first : last + 1]).tolist(),
            self._totals[chosen].tolist(),
        ]

    def history(self, first: int, last: int, version: int) -> Iterator[tuple[Any, ...]]:
        """Rows of the table ``sales``, completed, with versions in order of completion."""
        rows = zip(*self._heads(first, last), self._lines(first, last), self._payments(first, last), strict=True)
        for number, (done, sale_id, customer, shop, register, employee, count, total, *blobs) in enumerate(rows):
            created = done - (30 + sale_id % 240) * MICROS
            stamps = (sale_id, version + number, created, done, done, done // MICROS)
            yield (*stamps, customer, shop, register, employee, count, total, *blobs)

    def pending(self, first: int, last: int) -> Iterator[tuple[Any, ...]]:
        """Rows of the table ``pending_sales``."""
        if first < last:
            blobs = (self._lines(first, last), self._payments(first, last))
            yield from zip(*self._heads(first, last), *blobs, strict=True)


def _mix(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """`people.mix` over an array, cut to 62 bits so that it stays positive."""
    with np.errstate(over="ignore"):
        value = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((value ^ (value >> np.uint64(31))) >> np.uint64(2)).astype(np.int64)


def _write_payment_types(store: Store, tenders: list[tuple[str, str]]) -> None:
    first = store.next_versions(len(tenders))
    rows = [(index + 1, first + index, name, kind) for index, (name, kind) in enumerate(tenders)]
    store.insert_many("INSERT INTO payment_types VALUES (?, ?, ?, ?)", rows)


def _list_prices(columns: SalesColumns) -> dict[int, int]:
    """Average price before discounts of each product sold, rounded to whole cents, in micros."""
    ids, index = np.unique(columns.product_id, return_inverse=True)
    gross = np.bincount(index, weights=columns.total + columns.discount)
    units = np.bincount(index, weights=columns.quantity)
    cent = MICROS // 100
    average = np.where(units > 0, gross / np.maximum(units, 1), 0)
    return dict(zip(ids.tolist(), (np.rint(average / cent) * cent).astype(np.int64).tolist(), strict=True))


def _write_products(store: Store, columns: SalesColumns, opened_us: int) -> None:
    categories = _write_categories(store, columns, opened_us)
    prices = _list_prices(columns)
    first = store.next_versions(len(columns.products))
    store.insert_many(
        "INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            product_row(
                Product(
                    product_id=known["product_id"],
                    description=known["description"],
                    sku=known["code"],
                    brand=known["brand"],
                    package_size=known["package_size"],
                    price=prices.get(known["product_id"], 0),
                    cost=prices.get(known["product_id"], 0) * 6 // 10,
                    version=first + index,
                    created_us=opened_us,
                    updated_us=opened_us,
                    category_id=categories.get(known["category"], 0),
                )
            )
            for index, known in enumerate(columns.products)
        ),
    )


def _write_categories(store: Store, columns: SalesColumns, opened_us: int) -> dict[tuple[str, ...], int]:
    """The category tree as a nested set, numbered in order of its paths; returns ids by path."""
    leaves = {known["category"] for known in columns.products}
    paths = sorted({path[:depth] for path in leaves for depth in range(1, len(path) + 1)})
    ids = {path: number for number, path in enumerate(paths, start=1)}
    left: dict[tuple[str, ...], int] = {}
    right: dict[tuple[str, ...], int] = {}
    open_paths: list[tuple[str, ...]] = []
    counter = 0
    for path in [*paths, ()]:
        while open_paths and path[: len(open_paths[-1])] != open_paths[-1]:
            counter += 1
            right[open_paths.pop()] = counter
        counter += 1
        left[path] = counter
        open_paths.append(path)
    rows = (
        (
            ids[path],
            ids.get(path[:-1], 0),
            path[-1],
            "/".join(path),
            len(path) - 1,
            left[path],
            right[path],
            opened_us,
        )
        for path in paths
    )
    store.insert_many("INSERT INTO categories VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return ids


def _write_customers(store: Store, columns: SalesColumns, shift: int) -> None:
    ids, first_line = np.unique(columns.customer_id, return_index=True)
    known = [
        (int(number), int(columns.completed_us[line]) + shift)
        for number, line in zip(ids, first_line, strict=True)
        if number
    ]
    version = store.next_versions(len(known))
    rows = []
    for index, (number, met_us) in enumerate(known):
        customer = people.person(number, columns.customer_codes.get(number, ""))
        customer.version = version + index
        customer.created_us = customer.updated_us = met_us - people.mix(number, 1) % _DAY_US
        rows.append(customer_row(customer))
    store.insert_many("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)", rows)
