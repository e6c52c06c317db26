"""The simulator's SQLite store: reads from any thread, one writer at a time, versions in commit order."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.lightspeed.records import (
    Category,
    Customer,
    PaymentType,
    Product,
    Sale,
    decode_customer,
    decode_lines,
    decode_payments,
    decode_product,
    encode_blob,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

FIRST_VERSION: Final = 2_691_964_626
"""Versions start above 2**31: a client that reads them as INT32 must fail."""
_SALE_COLUMNS: Final = (
    "sale_id, version, is_completed, is_voided, is_live, created_us, completed_us, updated_us, timestamp_s, "
    "customer_id, shop_id, register_id, employee_id, return_of, lines, payments"
)
_PUT_SALE: Final = (
    "INSERT OR REPLACE INTO sales (" + _SALE_COLUMNS + ", line_count, total) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Store:
    """One SQLite file. Reading methods may be called from any thread; writes go through `transaction`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        self._connections: list[sqlite3.Connection] = []
        self._owner: int | None = None
        self._writer = self._connect()
        self._writer.executescript((Path(__file__).parent / "schema.sql").read_text(encoding="utf-8"))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -8192")
        connection.execute("PRAGMA mmap_size = 268435456")
        self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection; the store must not be used afterwards."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """The only writer; nested uses join the outer transaction, an exception rolls all of it back."""
        with self._lock:
            if self._owner is not None:
                yield self._writer
                return
            self._owner = threading.get_ident()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            finally:
                self._owner = None

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one reading statement; inside `transaction` it sees what that transaction wrote."""
        if self._owner == threading.get_ident():
            return self._writer.execute(statement, parameters).fetchall()
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = self._connect()
        try:
            return reader.execute(statement, parameters).fetchall()
        finally:
            self._idle.append(reader)

    def get_meta(self, key: str) -> str | None:
        """The stored text of one setting, None if it was never written."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Write one setting."""
        with self.transaction() as writer:
            writer.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def next_versions(self, count: int = 1) -> int:
        """Reserve ``count`` consecutive versions and return the first; call it inside `transaction`."""
        with self.transaction() as writer:
            found = writer.execute("SELECT value FROM meta WHERE key = 'next_version'").fetchone()
            first = int(found[0]) if found else FIRST_VERSION
            writer.execute("INSERT OR REPLACE INTO meta VALUES ('next_version', ?)", (str(first + count),))
            return first

    def put_sale(self, sale: Sale, version: int | None = None) -> None:
        """Insert or replace one sale under a version, a new one by default (it is written to ``sale.version``)."""
        with self.transaction() as writer:
            sale.version = self.next_versions() if version is None else version
            writer.execute(
                _PUT_SALE,
                (
                    sale.sale_id,
                    sale.version,
                    sale.is_completed,
                    sale.is_voided,
                    sale.is_live,
                    sale.created_us,
                    sale.completed_us,
                    sale.updated_us,
                    sale.timestamp_s,
                    sale.customer_id,
                    sale.shop_id,
                    sale.register_id,
                    sale.employee_id,
                    sale.return_of,
                    encode_blob(sale.lines),
                    encode_blob(sale.payments),
                    len(sale.lines),
                    sale.total,
                ),
            )

    def remove_sale(self, sale_id: int) -> None:
        """Remove one sale, if it is there."""
        with self.transaction() as writer:
            writer.execute("DELETE FROM sales WHERE sale_id = ?", (sale_id,))

    def sales(self, tail: str, parameters: Sequence[Any] = ()) -> list[Sale]:
        """Sales selected by ``tail`` (what follows FROM sales: WHERE, ORDER BY, LIMIT)."""
        statement = " ".join(("SELECT", _SALE_COLUMNS, "FROM sales", tail))
        return [_sale(row) for row in self.rows(statement, parameters)]

    def sale(self, sale_id: int) -> Sale | None:
        """One sale, None if there is none of that id."""
        found = self.sales("WHERE sale_id = ?", (sale_id,))
        return found[0] if found else None

    def customers(self, tail: str, parameters: Sequence[Any] = ()) -> list[Customer]:
        """Customers selected by ``tail``."""
        columns = "SELECT customer_id, version, created_us, updated_us, is_archived, body FROM customers"
        return [_customer(row) for row in self.rows(" ".join((columns, tail)), parameters)]

    def put_customer(self, customer: Customer) -> None:
        """Insert or replace one customer under a new version."""
        with self.transaction() as writer:
            customer.version = self.next_versions()
            writer.execute("INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?)", customer_row(customer))

    def products(self, tail: str, parameters: Sequence[Any] = ()) -> list[Product]:
        """Products selected by ``tail``."""
        columns = "SELECT product_id, version, created_us, updated_us, is_archived, category_id, body FROM products"
        return [_product(row) for row in self.rows(" ".join((columns, tail)), parameters)]

    def categories(self, tail: str, parameters: Sequence[Any] = ()) -> list[Category]:
        """Categories selected by ``tail``."""
        columns = "SELECT category_id, parent_id, name, path, depth, left_node, right_node, created_us FROM categories"
        names = Category.__struct_fields__
        found = self.rows(" ".join((columns, tail)), parameters)
        return [Category(**dict(zip(names, row, strict=True))) for row in found]

    def payment_types(
        self, tail: str = "ORDER BY payment_type_id", parameters: Sequence[Any] = ()
    ) -> list[PaymentType]:
        """Payment types selected by ``tail``."""
        columns = "SELECT payment_type_id, version, name, kind FROM payment_types"
        found = self.rows(" ".join((columns, tail)), parameters)
        names = PaymentType.__struct_fields__
        return [PaymentType(**dict(zip(names, row, strict=True))) for row in found]

    def insert_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one INSERT for each row inside the current (or an own) transaction."""
        with self.transaction() as writer:
            writer.executemany(statement, rows)


def customer_row(customer: Customer) -> tuple[Any, ...]:
    """A customer as its row of the table ``customers``."""
    stored = (
        customer.customer_id,
        customer.version,
        customer.created_us,
        customer.updated_us,
        customer.is_archived,
    )
    return (*stored, encode_blob(customer))


def product_row(product: Product) -> tuple[Any, ...]:
    """A product as its row of the table ``products``."""
    return (
        product.product_id,
        product.version,
        product.created_us,
        product.updated_us,
        product.is_archived,
        product.category_id,
        encode_blob(product),
    )


def _sale(row: tuple[Any, ...]) -> Sale:
    return Sale(
        sale_id=row[0],
        version=row[1],
        is_completed=bool(row[2]),
        is_voided=bool(row[3]),
        is_live=bool(row[4]),
        created_us=row[5],
        completed_us=row[6],
        updated_us=row[7],
        timestamp_s=row[8],
        customer_id=row[9],
        shop_id=row[10],
        register_id=row[11],
        employee_id=row[12],
        return_of=row[13],
        lines=decode_lines(row[14]),
        payments=decode_payments(row[15]),
    )


def _customer(row: tuple[Any, ...]) -> Customer:
    customer = decode_customer(row[5])
    customer.customer_id, customer.version, customer.created_us, customer.updated_us = row[:4]
    customer.is_archived = bool(row[4])
    return customer


def _product(row: tuple[Any, ...]) -> Product:
    product = decode_product(row[6])
    product.product_id, product.version, product.created_us, product.updated_us = row[:4]
    product.is_archived, product.category_id = bool(row[4]), row[5]
    return product
