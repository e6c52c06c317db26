"""A sale in the nested shape of the dated versions becomes the same rows as its twin of API 2.0."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from include.lightspeed.records import RowBuilder
from tests.lightspeed.test_x_records import LINE, PAYMENT, SALE, raw

STATUSES = {
    "SAVED": ("parked", []),
    "OPEN": ("pending", []),
    "VOIDED": ("voided", []),
    "CLOSED": ("closed", []),
    "ONACCOUNT": ("pending", ["onaccount"]),
    "ONACCOUNT_CLOSED": ("closed", ["onaccount"]),
    "LAYBY": ("pending", ["layby"]),
    "LAYBY_CLOSED": ("closed", ["layby"]),
    "AWAITING_DISPATCH": ("pending", ["delivery"]),
    "DISPATCHED_CLOSED": ("closed", ["delivery"]),
    "AWAITING_PICKUP": ("pending", ["pickup"]),
    "PICKED_UP_CLOSED": ("closed", ["pickup"]),
    "SERVICE": ("pending", ["service"]),
    "SERVICE_CLOSED": ("closed", ["service"]),
}
"""The documentation's table: status of API 2.0 -> state and attributes."""


def nested(sale: dict[str, Any]) -> dict[str, Any]:
    """Return a sale of API 2.0 as the dated versions write it."""
    state, attributes = STATUSES[sale["status"]]
    return {
        "id": sale["id"],
        "state": state,
        "attributes": attributes,
        "date": sale["sale_date"],
        "updated_at": sale["updated_at"],
        "deleted_at": sale.get("deleted_at"),
        "customer_id": sale["customer_id"],
        "source": {
            "author": {"id": sale["user_id"]},
            "outlet_id": sale["outlet_id"],
            "register_id": sale["register_id"],
        },
        "line_items": [_line(line) for line in sale["line_items"]],
        "payments": [_payment(payment) for payment in sale["payments"]],
        "_metadata": {"version": sale["version"]},
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    names = {"price": "price", "total": "price_total", "discount": "discount", "discount_total": "discount_total"}
    return {
        "id": line["id"],
        "product": {"id": line["product_id"]},
        "quantity": line["quantity"],
        "pricing": {name: line.get(flat) for name, flat in names.items()},
        "tax": {"amount": line.get("tax"), "total": line.get("tax_total")},
        "return": {"is_return": line.get("is_return", False)},
        "status": line.get("status"),
    }


def _payment(payment: dict[str, Any]) -> dict[str, Any]:
    kind = {"name": payment["name"], "config_id": payment.get("retailer_payment_type_id")}
    return {"amount": payment["amount"], "type": kind, "deleted_at": payment.get("deleted_at")}


def built(sale: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    builder = RowBuilder("sales", "x_series", "b1")
    assert builder.add([raw(sale)]) == []
    return builder.to_table().to_pylist(), builder.headers_table().to_pylist()


@pytest.mark.parametrize("status", STATUSES)
def test_states_and_attributes_mean_what_the_statuses_of_2_0_mean(status: str):
    sale = SALE | {"status": status}
    assert built(nested(sale)) == built(sale)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"customer_id": None},
        {"payments": [PAYMENT | {"amount": 5}, PAYMENT | {"name": "Card", "amount": 12.2}]},
        {"payments": [PAYMENT | {"name": None, "amount": 1}, PAYMENT | {"deleted_at": "2014-09-18T01:40:00+00:00"}]},
        {"line_items": [LINE, LINE | {"id": "l2", "status": "VOIDED"}]},
        {"line_items": [LINE | {"product_id": None, "quantity": -1, "price_total": -4, "is_return": True}]},
        {"line_items": []},
        {"deleted_at": "2014-09-18T01:40:00+00:00"},
        {"status": "VOIDED", "payments": []},
    ],
    ids=["plain", "walk-in", "split", "deleted payment", "voided line", "return", "no line", "deleted", "discarded"],
)
def test_both_shapes_of_a_sale_give_the_same_rows(change: dict[str, Any]):
    sale = SALE | change
    assert built(nested(sale)) == built(sale)


@pytest.mark.parametrize(
    ("attributes", "is_completed"),
    [(["onaccount", "delivery"], False), (["onaccount", "pickup"], False), (["onaccount", "new"], True)],
)
def test_goods_that_wait_are_not_sold_even_on_account(attributes: list[str], is_completed: bool):
    _, (header,) = built(nested(SALE) | {"state": "pending", "attributes": attributes})
    assert (header["completed_at"] is not None) is is_completed


def test_an_unknown_state_is_rejected_not_guessed():
    builder = RowBuilder("sales", "x_series", "b1")
    (rejected,) = builder.add([raw(nested(SALE) | {"state": "teleported"})])
    assert (rejected.record_id, "teleported" in rejected.reason) == (SALE["id"], True)


@pytest.mark.parametrize("lost", ["id", "state"])
def test_a_nested_sale_without_what_it_needs_is_rejected(lost: str):
    sale = {name: value for name, value in nested(SALE).items() if name != lost}
    builder = RowBuilder("sales", "x_series", "b1")
    assert len(builder.add([raw(sale)])) == 1


def test_a_note_that_says_metadata_does_not_change_the_shape():
    sale = SALE | {"note": "_metadata", "short_code": '"_metadata"'}
    assert built(sale) == built(SALE)
    assert b'"_metadata"' in msgspec.json.encode(sale)
