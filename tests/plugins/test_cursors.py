"""A cursor goes on where the page before ended, in the list that it was made for, and nowhere else."""

from __future__ import annotations

import base64
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.customer_profiles_api.cursors import LONGEST, InvalidCursorError, Position, decode, encode

AMOUNTS = st.decimals(min_value=Decimal("-1e28"), max_value=Decimal("1e28"), places=9)
IDS = st.text("abcXYZ019_-", min_size=1, max_size=64)


@given(AMOUNTS, IDS, st.text())
def test_a_position_comes_back_exactly(spent: Decimal, customer_id: str, filters: str):
    position = Position(spent, customer_id)
    cursor = encode(position, filters)
    assert decode(cursor, filters) == position
    assert len(cursor) <= LONGEST


def test_a_cursor_of_another_list_is_refused():
    with pytest.raises(InvalidCursorError, match="other filters"):
        decode(encode(Position(Decimal(1), "1"), "a"), "b")


@given(st.text(max_size=LONGEST))
def test_no_text_makes_it_fail_otherwise(text: str):
    with pytest.raises(InvalidCursorError):
        decode(text, "")


@pytest.mark.parametrize("parts", [["1e40", "1"], ["NaN", "1"], ["1", "a b"], ["1", "x" * 65], ["1"], {"1": 2}])
def test_a_forged_position_that_bigquery_would_refuse_is_refused(parts: object):
    digest = json.loads(base64.urlsafe_b64decode(encode(Position(Decimal(1), "1"), "") + "=="))[2]
    forged = [*parts, digest] if isinstance(parts, list) else parts
    cursor = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
    with pytest.raises(InvalidCursorError):
        decode(cursor, "")
