"""A row builder keeps the last version of each record and never raises, whatever it is fed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.lightspeed.errors import ConfigurationError
from include.lightspeed.records import SCHEMAS, RowBuilder
from tests.lightspeed import test_r_records, test_x_records
from tests.lightspeed.test_x_records import LINE, SALE, raw


def test_the_last_version_of_a_sale_wins_within_and_across_pages():
    builder = RowBuilder("sales", "x_series", "b1")
    two_lines = SALE | {"line_items": [LINE, LINE | {"id": "l2"}]}
    builder.add([raw(two_lines), raw(SALE | {"id": "s2"}), raw(SALE | {"id": "s3"})])
    builder.add([raw(SALE | {"line_items": [LINE | {"id": "l3"}]})])
    builder.add([raw(SALE | {"id": "s2", "status": "SAVED"})])
    table = builder.to_table()
    assert table.schema == SCHEMAS["sales"]
    rows = table.select(["sale_id", "sale_line_id"]).to_pylist()
    assert rows == [
        {"sale_id": "s3", "sale_line_id": "l1"},
        {"sale_id": "s1", "sale_line_id": "l3"},
    ]
    headers = {row["sale_id"]: row["completed_at"] for row in builder.headers_table().to_pylist()}
    assert set(headers) == {"s1", "s2", "s3"}
    assert headers["s2"] is None


def test_a_state_that_comes_after_a_newer_one_does_not_replace_it():
    builder = RowBuilder("sales", "x_series", "b1")
    newer = SALE | {"version": SALE["version"] + 1, "line_items": [LINE | {"id": "l9"}]}
    builder.add([raw(newer), raw(SALE)])
    builder.add([raw(SALE)])
    assert builder.to_table()["sale_line_id"].to_pylist() == ["l9"]
    assert builder.headers_table()["version"].to_pylist() == [SALE["version"] + 1]


def test_the_version_of_a_sale_orders_its_states():
    moments = ["2026-11-24T11:00:02+00:00", "2026-11-24T11:00:03+00:00"]
    versions = []
    for moment in moments:
        builder = RowBuilder("sales", "r_series", "b1")
        builder.add([raw(test_r_records.SALE | {"updatetime": moment})])
        versions += builder.headers_table()["version"].to_pylist()
    assert versions == [1795518002, 1795518003]
    builder = RowBuilder("sales", "r_series", "b1")
    bare = {name: value for name, value in test_r_records.SALE.items() if name != "updatetime"}
    builder.add([raw(bare | {"timeStamp": moments[0]})])
    assert builder.headers_table()["version"].to_pylist() == versions[:1]


@pytest.mark.parametrize("version", [None, "7", -1, 2**63, 7.5])
def test_a_version_that_is_no_int64_is_rejected(version: object):
    builder = RowBuilder("sales", "x_series", "b1")
    assert [each.record_id for each in builder.add([raw(SALE | {"version": version})])] == ["s1"]
    assert builder.headers_table().num_rows == 0


def test_the_last_version_of_a_customer_wins():
    builder = RowBuilder("customers", "x_series", "b1")
    builder.add([raw({"id": "c1", "email": "old@x.org"}), raw({"id": "c1", "email": "new@x.org"})])
    assert builder.to_table()["email"].to_pylist() == ["new@x.org"]


def test_tables_clear_their_buffers():
    builder = RowBuilder("sales", "x_series", "b1")
    builder.add([raw(SALE)])
    assert (builder.to_table().num_rows, builder.to_table().num_rows) == (1, 0)
    assert (builder.headers_table().num_rows, builder.headers_table().num_rows) == (1, 0)
    builder.add([raw(SALE)])
    assert builder.to_table().num_rows == 1


@pytest.mark.parametrize(("stream", "series"), [("orders", "x_series"), ("sales", "c_series")])
def test_an_unknown_stream_or_series_is_refused(stream: str, series: str):
    with pytest.raises(ConfigurationError):
        RowBuilder(stream, series, "b1")


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"5", b'"text"', b"{}", b'{"id":"\xff"}'])
@pytest.mark.parametrize("series", ["r_series", "x_series"])
def test_what_is_no_record_at_all_is_rejected(series: str, body: bytes):
    for stream in SCHEMAS:
        (rejected,) = RowBuilder(stream, series, "b1").add([msgspec.Raw(body)])
        assert rejected.record == body
        assert rejected.reason


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(
        [
            "NaN",
            "1e999999999",
            "-1e-400",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "true",
            "0",
        ]
    ),
    st.just([]),
    st.just({}),
)
PATHS = st.lists(st.tuples(st.integers(0, 50), ODD), min_size=1, max_size=3)


def mutate(record: Any, place: int, value: Any) -> Any:
    """Replace one member of a record, chosen by number, at any depth."""
    spots: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            spots.append((node, key))
            if isinstance(node[key], dict | list):
                collect(node[key])

    collect(record)
    node, key = spots[place % len(spots)]
    node[key] = value
    return record


@given(changes=PATHS, series=st.sampled_from(["r_series", "x_series"]))
@settings(max_examples=400, derandomize=True, deadline=None)
def test_an_odd_record_is_a_row_or_a_rejection_and_harms_no_other(changes: list[tuple[int, Any]], series: str):
    good = test_r_records.SALE if series == "r_series" else SALE
    identifier = "saleID" if series == "r_series" else "id"
    odd = msgspec.json.decode(msgspec.json.encode(good | {identifier: "odd"}))
    for place, value in changes:
        odd = mutate(odd, place, value)
    builder = RowBuilder("sales", series, "b1")
    rejected = builder.add([raw(good), raw(odd), raw(good | {identifier: "last"})])
    table, headers = builder.to_table(), builder.headers_table()
    assert len(rejected) + headers.num_rows == 3 or odd[identifier] in {good[identifier], "last"}
    assert {good[identifier], "last"} <= set(headers["sale_id"].to_pylist())
    assert table.schema == SCHEMAS["sales"]
    table.validate(full=True)


def test_reasons_quote_no_personal_data():
    customer = test_x_records.raw({"id": "c1", "first_name": "Ada", "email": 5, "phone": "+1512"})
    (rejected,) = RowBuilder("customers", "x_series", "b1").add([customer])
    assert rejected.reason == "Expected `str | null`, got `int` - at `$.email`"
