"""Each generated record of both API series becomes rows or one rejection: no crash, no loss, no secret told."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import claims, odd_values
from tests.fuzz.odd_values import encode
from tests.fuzz.payloads import answers, pages
from tests.fuzz.seeds import OPEN, SEEDS

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
SHORT = settings(max_examples=120, derandomize=True, deadline=None, suppress_health_check=QUIET)
FORMS = 4
"""Further forms of each page in the long run: drawing a page costs more than looking at it."""
PAYLOADS = 100_000
"""Records that the long run makes, at least."""


@pytest.mark.parametrize(("series", "stream", "record"), SEEDS)
def test_the_records_that_fuzzing_begins_with_are_rows(series: str, stream: str, record: dict):
    outcome = claims.record(series, stream, encode(record))
    assert outcome.rejected is None
    assert outcome.rows >= 1


def test_every_record_of_a_page_is_rows_or_one_rejection():
    seen: Counter[str] = Counter()

    @SHORT
    @given(pages())
    def look(page: tuple[str, str, list[bytes]]) -> None:
        for outcome in claims.page(*page):
            seen["rejected" if outcome.rejected else "rows" if outcome.rows else "open"] += 1

    look()
    # Neither all of one kind, nor too few: then nothing would be shown.
    assert min(seen["rejected"], seen["rows"]) > 0.1 * seen.total() > 20
    assert seen["open"]


@pytest.mark.parametrize(("series", "stream", "record"), OPEN)
def test_a_sale_that_is_not_completed_is_no_row_and_no_rejection(series: str, stream: str, record: dict):
    outcome = claims.record(series, stream, encode(record))
    assert (outcome.rejected, outcome.rows) == (None, 0)


@SHORT
@given(answers())
def test_every_answer_is_a_page_or_one_clear_error(answer: tuple[str, str, bytes]):
    claims.answer(*answer)


@pytest.mark.full
@pytest.mark.timeout(5400)
def test_a_hundred_thousand_payloads_are_rows_or_rejections(capsys: pytest.CaptureFixture[str]):
    seen: Counter[str] = Counter()

    @settings(max_examples=250, deadline=None, suppress_health_check=QUIET, database=None)
    @given(st.one_of(pages(most=10), pages(most=10), pages(most=10), answers()), st.integers(0, 2**32))
    def go(made: tuple, seed: int) -> None:
        series, stream, bodies = made
        if isinstance(bodies, bytes):
            note(claims.answer(series, stream, bodies))
            return
        rng = random.Random(seed)
        for form in [bodies, *([odd_values.another(body, rng) for body in bodies] for _ in range(FORMS))]:
            note(claims.page(series, stream, form))

    def note(outcomes: list[claims.Outcome] | None) -> None:
        seen["answers refused"] += outcomes is None
        for outcome in outcomes or []:
            seen["payloads"] += 1
            seen["rejected" if outcome.rejected else "as rows" if outcome.rows else "without rows"] += 1
            seen["rows"] += outcome.rows

    while seen["payloads"] < PAYLOADS:
        go()
        with capsys.disabled():
            print(json.dumps(seen), flush=True)
    assert seen["rejected"] + seen["as rows"] + seen["without rows"] == seen["payloads"]
