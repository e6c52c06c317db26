"""The Arrow schemas of the typed rows: the tables' columns, but ``ingested_at``, which the commit sets."""

from __future__ import annotations

import pyarrow as pa

NUMERIC = pa.decimal128(38, 9)
TIMESTAMP = pa.timestamp("us", "UTC")
TENDERS = pa.list_(pa.struct([("name", pa.string()), ("amount", NUMERIC)]))


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


SCHEMAS: dict[str, pa.Schema] = {
    "sales": pa.schema(
        [
            _required("timestamp", TIMESTAMP),
            ("customer_id", pa.string()),
            ("product_id", pa.string()),
            _required("quantity", NUMERIC),
            ("price", NUMERIC),
            ("payment_method", pa.string()),
            _required("sale_id", pa.string()),
            _required("sale_line_id", pa.string()),
            _required("line_total", NUMERIC),
            ("discount", NUMERIC),
            ("tax", NUMERIC),
            ("payment_methods", TENDERS),
            ("register_id", pa.string()),
            ("shop_id", pa.string()),
            ("employee_id", pa.string()),
            _required("is_return", pa.bool_()),
            ("returned_sale_line_id", pa.string()),
            _required("is_voided", pa.bool_()),
            _required("source", pa.string()),
            ("source_updated_at", TIMESTAMP),
            _required("batch_id", pa.string()),
        ]
    ),
    "customers": pa.schema(
        [
            _required("customer_id", pa.string()),
            ("first_name", pa.string()),
            ("last_name", pa.string()),
            ("email", pa.string()),
            ("phone", pa.string()),
            ("company", pa.string()),
            ("accepts_email", pa.bool_()),
            ("date_of_birth", pa.date32()),
            ("instagram", pa.string()),
            ("facebook", pa.string()),
            _required("is_archived", pa.bool_()),
            ("created_at", TIMESTAMP),
            ("source", pa.string()),
            ("source_updated_at", TIMESTAMP),
            _required("batch_id", pa.string()),
        ]
    ),
    "products": pa.schema(
        [
            _required("product_id", pa.string()),
            ("sku", pa.string()),
            ("description", pa.string()),
            ("brand", pa.string()),
            ("category_id", pa.string()),
            ("category", pa.string()),
            ("category_path", pa.string()),
            ("price", NUMERIC),
            ("cost", NUMERIC),
            _required("is_archived", pa.bool_()),
            ("created_at", TIMESTAMP),
            ("source", pa.string()),
            ("source_updated_at", TIMESTAMP),
            _required("batch_id", pa.string()),
        ]
    ),
}

SALE_HEADERS = pa.schema(
    [
        _required("sale_id", pa.string()),
        ("completed_at", TIMESTAMP),
        ("source_updated_at", TIMESTAMP),
        _required("version", pa.int64()),
    ]
)
"""One row a sale seen, completed or not: what the commit removes before it inserts the lines.

``version`` is that of ``ParsedSale``: a state may replace one whose version is not higher.
"""
