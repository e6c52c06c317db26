"""Who was forgotten is known by keyed hashes, and with another key nobody is brought back."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest

from include.forgetting.case import Case
from include.forgetting.identities import of_record
from include.forgetting.people import digest, key_id, read, require_key

KEY = "a key of the tests"


def rows(*given: tuple[str, bool, str]) -> Any:
    names = ("sha256", "is_customer", "key_id")
    return SimpleNamespace(query_and_wait=lambda _: [dict(zip(names, each, strict=True)) for each in given])


def case(customer_id: str, **known: list[str]) -> Case:
    return Case("r_series", customer_id, "other", dt.datetime(2026, 3, 2, tzinfo=dt.UTC), known, 0, [])


def test_a_hash_needs_the_key():
    assert digest(KEY, "78") != digest("", "78")
    assert key_id(KEY) not in digest(KEY, "78")


def test_people_are_recognised_by_id_and_by_identity():
    found = read(rows((digest(KEY, "78"), True, key_id(KEY)), (digest(KEY, "ann@x.com"), False, key_id(KEY))), "d", KEY)
    assert "78" in found
    assert "7" not in found
    assert found.names("Ann+shop@x.com")
    assert not found.names("78")
    assert len(found) == 1


def test_rows_of_another_key_stop_whoever_reads_them():
    with pytest.raises(RuntimeError, match="set the key that they were made with"):
        read(rows((digest(KEY, "78"), True, key_id(KEY))), "d", "another key")


@pytest.mark.parametrize("key", ["", "short"])
def test_nobody_is_forgotten_with_a_key_that_can_be_guessed(key):
    with pytest.raises(ValueError, match="FORGET_KEY"):
        require_key(key)


def found(person: Case, text: str) -> bool:
    return bool(re.search(person.pattern(), text))


def test_a_short_id_is_searched_for_where_customers_are_named():
    ann = case("78")
    assert found(ann, '{"sale_id":"1","customer_id":"78","x":1}')
    assert found(ann, '{"record":"{\\"customerid\\":\\"78\\"}"}')
    assert not found(ann, '{"customer_id":"780","sale_id":"78"}')


def test_a_long_id_is_searched_for_anywhere():
    assert found(case("06BF537B-c7d7-11e7"), '{"id":"06bf537b-c7d7-11e7"}')


def test_an_address_is_found_by_itself_and_not_inside_of_another():
    ann = case("78", email=["ann@x.com"])
    assert found(ann, '"to <ann@x.com>."')
    for other in ("joann@x.com", "jo.ann@x.com", "ann@x.com.au", "ann@x.community"):
        assert not found(ann, f'"{other}"')


def test_a_name_is_found_as_one_text_and_as_two_fields():
    ann = case("78", name=["ann adams"])
    assert found(ann, '"cake for ann adams"')
    assert found(ann, '{"firstname":"ann","lastname":"adams"}')
    assert not found(ann, '{"firstname":"ann","lastname":"bauer"}')


def test_all_addresses_and_numbers_of_a_raw_record_are_known():
    contact = {
        "Emails": {"ContactEmail": [{"address": "A@x.com"}, {"address": "b@x.com"}]},
        "Phones": {"ContactPhone": {"number": "+1-512"}},
    }
    record = {"customerID": "78", "firstName": "Ann", "lastName": "Adams", "Contact": contact}
    assert set(of_record(record)) == {
        ("email", "a@x.com"),
        ("email", "b@x.com"),
        ("phone", "+1-512"),
        ("name", "ann adams"),
    }


def test_an_anonymised_name_is_nobodys():
    assert list(of_record({"firstName": "Customer", "lastName": "[70]"})) == []


def test_a_request_survives_as_json_and_its_proof_names_nobody():
    ann = case("78", email=["ann@x.com"], name=["ann adams"])
    assert Case.from_json(ann.to_json()) == ann
    assert ann.hashes(KEY) == sorted(digest(KEY, each) for each in ("78", "ann@x.com", "ann adams"))
    assert ann.identities() == [("email", "ann@x.com")]
