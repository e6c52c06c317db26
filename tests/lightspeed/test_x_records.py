"""X-Series 2.0 records become the tables' rows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from include.lightspeed.records import SCHEMAS, RowBuilder

LINE: dict[str, Any] = {
    "id": "l1",
    "product_id": "p1",
    "quantity": 2,
    "price": 4.30435,
    "price_total": 8.6087,
    "total_price": 8.6087,
    "discount": 0.5,
    "discount_total": 1.0,
    "tax": 0.3,
    "tax_total": 0.6,
    "is_return": False,
    "status": "CONFIRMED",
}
PAYMENT: dict[str, Any] = {"id": "y1", "retailer_payment_type_id": "t1", "name": "Cash", "amount": 9.21}
SALE: dict[str, Any] = {
    "id": "s1",
    "outlet_id": "o1",
    "register_id": "r1",
    "user_id": "u1",
    "customer_id": "c1",
    "status": "CLOSED",
    "sale_date": "2014-09-18T03:37:56+02:00",
    "updated_at": "2014-09-18T01:40:00+00:00",
    "deleted_at": None,
    "line_items": [LINE],
    "payments": [PAYMENT],
    "version": 2691964626,
}


def raw(record: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(record))


def build(*sales: dict[str, Any]) -> list[dict[str, Any]]:
    builder = RowBuilder("sales", "x_series", "b1")
    assert builder.add([raw(sale) for sale in sales]) == []
    table = builder.to_table()
    assert table.schema == SCHEMAS["sales"]
    return table.to_pylist()


def headers(*sales: dict[str, Any]) -> dict[str, datetime | None]:
    builder = RowBuilder("sales", "x_series", "b1")
    assert builder.add([raw(sale) for sale in sales]) == []
    return {row["sale_id"]: row["completed_at"] for row in builder.headers_table().to_pylist()}


def test_a_line_becomes_a_row():
    assert build(SALE) == [
        {
            "timestamp": datetime(2014, 9, 18, 1, 37, 56, tzinfo=UTC),
            "customer_id": "c1",
            "product_id": "p1",
            "quantity": Decimal(2),
            "price": Decimal("4.30435"),
            "payment_method": "Cash",
            "sale_id": "s1",
            "sale_line_id": "l1",
            "line_total": Decimal("8.6087"),
            "discount": Decimal(1),
            "tax": Decimal("0.6"),
            "payment_methods": [{"name": "Cash", "amount": Decimal("9.21")}],
            "register_id": "r1",
            "shop_id": "o1",
            "employee_id": "u1",
            "is_return": False,
            "returned_sale_line_id": None,
            "is_voided": False,
            "source": "x_series",
            "source_updated_at": datetime(2014, 9, 18, 1, 40, tzinfo=UTC),
            "batch_id": "b1",
        }
    ]


@pytest.mark.parametrize(
    "status",
    [
        "CLOSED",
        "ONACCOUNT",
        "ONACCOUNT_CLOSED",
        "LAYBY_CLOSED",
        "DISPATCHED_CLOSED",
        "PICKED_UP_CLOSED",
        "SERVICE_CLOSED",
    ],
)
def test_a_sale_whose_goods_have_left_is_completed(status: str):
    (row,) = build(SALE | {"status": status})
    assert row["is_voided"] is False


@pytest.mark.parametrize("status", ["SAVED", "OPEN", "LAYBY", "AWAITING_DISPATCH", "AWAITING_PICKUP", "SERVICE"])
def test_an_open_sale_has_a_header_and_no_line(status: str):
    assert build(SALE | {"status": status}) == []
    assert headers(SALE | {"status": status}) == {"s1": None}


def test_a_voided_sale_stays_and_says_so():
    voided_lines = SALE | {"status": "VOIDED", "line_items": [LINE | {"status": "VOIDED"}]}
    (row,) = build(voided_lines)
    assert row["is_voided"] is True


@pytest.mark.parametrize("change", [{"status": "VOIDED", "payments": []}, {"deleted_at": "2014-09-18T01:40:00+00:00"}])
def test_what_was_never_sold_or_was_deleted_must_vanish(change: dict[str, Any]):
    assert build(SALE | change) == []
    assert headers(SALE | change) == {"s1": None}


def test_an_unknown_status_is_rejected_not_guessed():
    builder = RowBuilder("sales", "x_series", "b1")
    (rejected,) = builder.add([raw(SALE | {"status": "TELEPORTED"})])
    assert rejected.record_id == "s1"
    assert "TELEPORTED" in rejected.reason
    assert builder.headers_table().num_rows == 0


def test_a_removed_line_is_left_out():
    rows = build(SALE | {"line_items": [LINE, LINE | {"id": "l2", "status": "VOIDED"}]})
    assert [row["sale_line_id"] for row in rows] == ["l1"]


def test_a_sale_that_lost_all_its_lines_keeps_its_header():
    assert build(SALE | {"line_items": []}) == []
    assert headers(SALE | {"line_items": []}) == {"s1": datetime(2014, 9, 18, 1, 37, 56, tzinfo=UTC)}


def test_a_return_is_negative_and_its_price_positive():
    line = LINE | {"quantity": -1, "price": 4, "price_total": -4, "is_return": True, "tax_total": -0.3}
    (row,) = build(SALE | {"return_for": "s0", "line_items": [line], "payments": [PAYMENT | {"amount": -4.3}]})
    assert (row["quantity"], row["price"], row["line_total"]) == (-1, 4, -4)
    assert row["is_return"] is True
    assert row["payment_methods"] == [{"name": "Cash", "amount": Decimal("-4.3")}]


def test_nobody_and_nothing_are_null():
    (row,) = build(SALE | {"customer_id": None, "line_items": [LINE | {"product_id": None}], "payments": None})
    assert (row["customer_id"], row["product_id"], row["payment_method"]) == (None, None, None)
    assert row["payment_methods"] == []


def test_payments_never_multiply_lines():
    lines = [LINE, LINE | {"id": "l2"}]
    payments = [PAYMENT | {"amount": 5}, PAYMENT | {"name": "Card", "amount": 12.2}, PAYMENT | {"amount": 1}]
    rows = build(SALE | {"line_items": lines, "payments": payments})
    assert len(rows) == 2
    assert {row["payment_method"] for row in rows} == {"Card"}
    assert rows[0]["payment_methods"] == [
        {"name": "Card", "amount": Decimal("12.2")},
        {"name": "Cash", "amount": Decimal(6)},
    ]


@pytest.mark.parametrize(
    ("payments", "main"),
    [
        ([("Card", "5"), ("Cash", "5")], "Card"),
        ([("Cash", "20"), ("Cash", "-12"), ("Card", "9")], "Card"),
        ([("Cash", "-8"), ("Card", "-3")], "Cash"),
        ([("Cash", "5"), ("Cash", "-5"), ("Card", "1")], "Card"),
        ([("Cash", "5"), ("Cash", "-5")], None),
        ([(None, "5")], "t1"),
    ],
    ids=["tie by name", "change netted", "refund", "cancelled", "nothing left", "nameless"],
)
def test_the_main_tender_is_the_one_that_paid_most(payments: list[tuple[str, str]], main: str | None):
    sale = SALE | {"payments": [PAYMENT | {"name": name, "amount": float(amount)} for name, amount in payments]}
    assert build(sale)[0]["payment_method"] == main


def test_price_times_quantity_is_the_total_even_where_the_price_is_a_list_price():
    (row,) = build(SALE | {"line_items": [LINE | {"quantity": 3, "price": 5, "price_total": 10}]})
    assert row["price"] == Decimal("3.333333333")
    assert row["line_total"] == 10


def test_quantity_zero_divides_nothing():
    (row,) = build(SALE | {"line_items": [LINE | {"quantity": 0, "price": 1.5, "price_total": 1.5}]})
    assert (row["quantity"], row["price"], row["line_total"]) == (0, Decimal("1.5"), Decimal("1.5"))


def test_totals_are_computed_where_the_api_leaves_them_out():
    line = {"id": "l1", "quantity": 3, "price": 2.5, "discount": 0.5, "tax": 0.25}
    (row,) = build(SALE | {"line_items": [line]})
    assert (row["line_total"], row["discount"], row["tax"]) == (
        Decimal("7.5"),
        Decimal("1.5"),
        Decimal("0.75"),
    )


def test_money_does_not_pass_through_a_float():
    exact = b'{"id":"l1","quantity":1,"price_total":12345678901234567890.123456789,"price":1}'
    body = msgspec.json.encode(SALE | {"line_items": [msgspec.Raw(exact)]})
    builder = RowBuilder("sales", "x_series", "b1")
    assert builder.add([msgspec.Raw(body)]) == []
    assert builder.to_table()["line_total"].to_pylist() == [Decimal("12345678901234567890.123456789")]


def test_more_than_nine_decimals_are_rounded_half_away_from_zero():
    totals = (0.30000000000000004, 0.1234567895, -0.1234567895)
    lines = [LINE | {"id": f"l{at}", "price_total": total} for at, total in enumerate(totals)]
    assert [row["line_total"] for row in build(SALE | {"line_items": lines})] == [
        Decimal("0.3"),
        Decimal("0.12345679"),
        Decimal("-0.12345679"),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sale_date": None}, "a completed sale has no sale_date"),
        ({"sale_date": "2014-09-18T03:37:56"}, "timezone"),
        ({"sale_date": "yesterday"}, "Invalid RFC3339"),
        ({"status": 5}, "Expected `str`"),
        ({"line_items": [LINE | {"quantity": "many"}]}, "Invalid decimal string"),
        ({"line_items": [{"id": "l1", "quantity": 1}]}, "neither price nor price_total"),
        ({"line_items": [LINE | {"price_total": msgspec.Raw(b"1e40")}]}, "too large"),
        ({"line_items": [LINE | {"quantity": "NaN"}]}, "not finite"),
        ({"line_items": [LINE | {"discount_total": "Infinity"}]}, "does not fit NUMERIC"),
        ({"payments": [PAYMENT | {"amount": msgspec.Raw(b"1e40")}]}, "does not fit NUMERIC"),
    ],
)
def test_a_sale_that_does_not_fit_is_rejected_and_the_others_stay(change: dict[str, Any], reason: str):
    builder = RowBuilder("sales", "x_series", "b1")
    bad = raw(SALE | {"id": "bad"} | change)
    (rejected,) = builder.add([raw(SALE | {"id": "before"}), bad, raw(SALE | {"id": "after"})])
    assert reason in rejected.reason
    assert (rejected.record, rejected.record_id) == (bytes(bad), "bad")
    assert builder.to_table()["sale_id"].to_pylist() == ["before", "after"]
    assert builder.headers_table()["sale_id"].to_pylist() == ["before", "after"]


def test_a_customer_becomes_a_row():
    customer = {
        "id": "c1",
        "first_name": "Ada",
        "last_name": None,
        "email": "",
        "mobile": "+1",
        "phone": "+2",
        "company_name": "Engines",
        "do_not_email": True,
        "date_of_birth": "1815-12-10",
        "custom_field_1": 7,
        "custom_field_2": "Instagram: @Ada",
        "created_at": "2020-01-01T00:00:00+00:00",
        "updated_at": "2020-01-02T00:00:00+00:00",
        "deleted_at": "2020-01-02T00:00:00+00:00",
        "version": 7,
    }
    builder = RowBuilder("customers", "x_series", "b1")
    assert builder.add([raw(customer), raw({"id": "c2", "version": 8})]) == []
    table = builder.to_table()
    assert table.schema == SCHEMAS["customers"]
    first, second = table.to_pylist()
    assert first == {
        "customer_id": "c1",
        "first_name": "Ada",
        "last_name": None,
        "email": None,
        "phone": "+1",
        "company": "Engines",
        "accepts_email": False,
        "date_of_birth": date(1815, 12, 10),
        "instagram": "Ada",
        "facebook": None,
        "is_archived": True,
        "created_at": datetime(2020, 1, 1, tzinfo=UTC),
        "source": "x_series",
        "source_updated_at": datetime(2020, 1, 2, tzinfo=UTC),
        "batch_id": "b1",
    }
    assert (second["accepts_email"], second["is_archived"]) == (None, False)


def test_a_product_becomes_a_row():
    product = {
        "id": "p1",
        "sku": "k1",
        "name": "Tea",
        "variant_name": "Tea / Green",
        "active": True,
        "brand": {"id": "b", "name": "Leaf"},
        "product_category": {
            "id": "g2",
            "name": "Green",
            "category_path": [{"id": "g1", "name": "Tea"}, {"id": "g2", "name": "Green"}],
        },
        "price_excluding_tax": 3.5,
        "supply_price": 1.25,
        "version": 9,
    }
    builder = RowBuilder("products", "x_series", "b1")
    bare = {"id": "p2", "name": "Box", "active": False, "version": 10}
    assert builder.add([raw(product), raw(bare)]) == []
    table = builder.to_table()
    assert table.schema == SCHEMAS["products"]
    first, second = table.to_pylist()
    names = ("product_id", "sku", "description", "brand", "category_id", "category", "category_path")
    assert [first[name] for name in names] == ["p1", "k1", "Tea / Green", "Leaf", "g2", "Green", "Tea/Green"]
    assert (first["price"], first["cost"], first["is_archived"]) == (Decimal("3.5"), Decimal("1.25"), False)
    assert (second["description"], second["category_path"], second["is_archived"]) == ("Box", None, True)


def test_an_empty_batch_is_an_empty_table_of_the_same_schema():
    for stream in SCHEMAS:
        table = RowBuilder(stream, "x_series", "b1").to_table()
        assert table.schema == SCHEMAS[stream]
        assert table.num_rows == 0
    assert isinstance(RowBuilder("sales", "x_series", "b1").headers_table(), pa.Table)
