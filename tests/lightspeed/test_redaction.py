"""A person is taken out of stored pages, and nothing else moves by a byte."""

from __future__ import annotations

import msgspec
import pytest

from include.lightspeed.raw_pages import records_of
from include.lightspeed.records import RowBuilder
from include.lightspeed.redaction import customer_of, is_placeholder, redact_page, series_of

R_SALES = (
    b'{"@attributes":{"next":"","previous":""},"Sale":[{"saleID":"1","voided":"false",'
    b'"timeStamp":"2026-03-02T10:00:00+00:00","completed":"true","completeTime":"2026-03-02T10:00:00+00:00","customerID":"78","total":"1.50",'
    b'"referenceNumber":"for Ann","SaleLines":{"SaleLine":{"saleLineID":"5","unitQuantity":"1","calcSubtotal":"1.50",'
    b'"itemID":"3","noteID":"9","Note":{"note":"Ann\'s cake"}}}},%s]}'
)
OTHER = b'{"saleID":"2", "customerID":"79",  "calcTotal":"11.4860025", "note":"kept"}'
X_CUSTOMERS = (
    b'{"data":[{"id":"78","version":1,"email":"ann@x.com"}, {"id":"780" ,"version":10.0}],"version":{"min":1,"max":10}}'
)


def is_ann(customer_id: str) -> bool:
    return customer_id == "78"


def test_a_sale_keeps_its_lines_and_amounts_and_loses_its_customer_and_all_free_text():
    page = redact_page(R_SALES % OTHER, "r_series", "sales", is_ann)
    assert b"Ann" not in page
    assert b'"78"' not in page
    assert OTHER in page
    rows = RowBuilder("sales", "r_series", "b")
    assert rows.add(records_of(page, "r_series", "sales")[:1]) == []
    [row] = rows.to_table().to_pylist()
    assert (row["customer_id"], row["sale_line_id"], str(row["line_total"])) == (None, "5", "1.500000000")


def test_a_customers_record_gives_way_to_a_placeholder_in_its_place():
    page = redact_page(X_CUSTOMERS, "x_series", "customers", is_ann)
    first, second = records_of(page, "x_series", "customers")
    assert is_placeholder(first)
    assert bytes(second) == b'{"id":"780" ,"version":10.0}'


def test_a_bare_object_is_redacted_like_a_list():
    body = b'{"@attributes":{},"Customer":{"customerID":"78","firstName":"Ann"}}'
    page = redact_page(body, "r_series", "customers", is_ann)
    assert page == b'{"@attributes":{},"Customer":{"redacted":true}}'


@pytest.mark.parametrize("line_items", [b'[{"note":"x","price":1.10}]', b"[]", b"null"])
def test_a_single_sale_of_x_series_keeps_its_numbers_as_they_are_written(line_items):
    body = b'{"data":{"id":"s","customer_id":"78","note":"hi","total":4.30435,"line_items":%s}}' % line_items
    page = redact_page(body, "x_series", "sales", is_ann)
    assert b'"customer_id":null,"note":"","total":4.30435' in page
    assert b'"x"' not in page


@pytest.mark.parametrize(
    ("body", "series", "table"),
    [
        (R_SALES % OTHER, "r_series", "sales"),
        (X_CUSTOMERS, "x_series", "customers"),
        (b'{"@attributes":{},"Item":[{"itemID":"78"}]}', "r_series", "products"),
        (b'{"data":[],"version":{"min":null,"max":null}}', "x_series", "sales"),
        (b'{"@attributes":{},"Sale":""}', "r_series", "sales"),
    ],
)
def test_a_page_without_the_person_keeps_its_very_bytes_also_the_second_time(body, series, table):
    assert redact_page(body, series, table, lambda name: name == "nobody") is body
    once = redact_page(body, series, table, is_ann)
    assert redact_page(once, series, table, is_ann) is once


@pytest.mark.parametrize(
    "record", [b'"text"', b'{"customerID":"0"}', b'{"customerID":null}', b'{"customerID":["78"]}', b"{}"]
)
def test_a_record_without_a_customer_is_nobodys(record):
    assert customer_of(msgspec.Raw(record), "r_series", "sales") is None


def test_the_series_of_a_page_is_told_by_its_fields():
    assert series_of(R_SALES % OTHER) == "r_series"
    assert series_of(X_CUSTOMERS) == "x_series"
    assert series_of(b'{"records":[]}') is None
    assert series_of(b"[") is None
