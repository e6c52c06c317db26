from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from include.lightspeed.documented import DOCUMENTED
from include.lightspeed.drift import EVERY, Change, DriftDetector, departures, fields_of

CUSTOMER = {
    "id": "c1",
    "first_name": "Ada",
    "last_name": None,
    "email": "ada@example.com",
    "mobile": None,
    "phone": None,
    "company_name": None,
    "do_not_email": False,
    "created_at": "2026-01-02T03:04:05+00:00",
    "updated_at": "2026-01-02T03:04:05+00:00",
    "version": 7,
}
R_LINE = {name: "1" for name, field in fields_of("r_series", "sales")["SaleLines.SaleLine"].items() if field.always}
R_SALE = {name: "1" for name, field in fields_of("r_series", "sales")[""].items() if field.always}


def seen(record: dict[str, Any], series: str = "x_series", stream: str = "customers") -> list[Change]:
    detector = DriftDetector(series, stream)
    detector.add([msgspec.Raw(json.dumps(record).encode())])
    return detector.changes()


def test_a_record_as_documented_is_no_change():
    assert seen(CUSTOMER) == []
    assert seen(R_SALE, "r_series", "sales") == []


def test_a_new_field_is_told_with_its_type_and_never_with_its_value():
    changes = seen(CUSTOMER | {"iban": "DE02", "pets": 2})
    assert changes == [("iban", "new_field", "string"), ("pets", "new_field", "number")]
    assert "DE02" not in repr(changes)


def test_a_missing_documented_field_is_told():
    gone = {name: value for name, value in CUSTOMER.items() if name != "email"}
    assert seen(gone) == [("email", "missing_field", "")]


def test_another_json_type_is_told():
    assert seen(CUSTOMER | {"version": "7"}) == [("version", "changed_type", "string")]


@pytest.mark.parametrize("lines", [R_LINE, [R_LINE, R_LINE], [R_LINE]])
def test_a_relation_may_be_an_object_a_list_or_an_empty_string(lines: Any):
    assert seen(R_SALE | {"SaleLines": {"SaleLine": lines}}, "r_series", "sales") == []
    assert seen(R_SALE | {"SaleLines": ""}, "r_series", "sales") == []


def test_a_change_below_a_list_is_told_with_its_path():
    lines = {"SaleLine": [R_LINE, R_LINE | {"calcTax3": "0"}]}
    assert seen(R_SALE | {"SaleLines": lines}, "r_series", "sales") == [
        ("SaleLines.SaleLine.calcTax3", "new_field", "string")
    ]


def test_every_place_of_a_page_is_looked_at_within_a_few_pages():
    plain, odd = (msgspec.Raw(json.dumps(CUSTOMER | more).encode()) for more in ({}, {"pets": 2}))
    for place in range(100):
        detector = DriftDetector("x_series", "customers")
        for _ in range(EVERY):
            detector.add([odd if at == place else plain for at in range(100)])
        assert detector.changes(), place


def test_an_empty_page_and_a_record_that_is_no_object_are_nobodys_concern():
    detector = DriftDetector("x_series", "customers")
    detector.add([])
    detector.add([msgspec.Raw(b"[1]"), msgspec.Raw(b'"x"')])
    assert detector.changes() == []


@pytest.mark.parametrize("series_and_shape", DOCUMENTED, ids="/".join)
def test_the_fast_check_and_the_thorough_one_agree_on_each_field(series_and_shape: tuple[str, str]):
    """A record with one field too many, in each object of each shape, passes neither."""
    from include.lightspeed.drift import decoder

    objects = fields_of(*series_and_shape)
    record = {name: _example(field.types) for name, field in objects[""].items()} | {"_odd_": 1}
    assert ("_odd_", "new_field", "number") in list(departures(record, objects))
    with pytest.raises(msgspec.ValidationError):
        decoder(*series_and_shape).decode(json.dumps(record))


def _example(types: str) -> Any:
    return {"s": "1", "n": 1, "b": True, "o": None, "a": [], "x": {}}[types[0]]
