"""Both rate limits: sizes by registers, costs, headers on every response, both forms of Retry-After."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from sandbox.lightspeed.r_query import parse_relations
from sandbox.lightspeed.rate_limit import FiveMinuteWindow, LeakyBucket, request_cost
from sandbox.lightspeed.resources import SALE
from tests.sandbox.lightspeed.conftest import NOON, HandClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.lightspeed.conftest import Shop

POLL = '["SaleLines","SalePayments","SalePayments.PaymentType"]'


@pytest.mark.parametrize(("registers", "size", "drip", "burst"), [(1, 90, 1.0, 20), (2, 100, 1.5, 23)])
def test_the_bucket_grows_with_the_registers(registers: int, size: int, drip: float, burst: int) -> None:
    bucket = LeakyBucket(registers, HandClock(NOON))
    assert (bucket.size, bucket.drip, bucket.burst_size) == (size, drip, burst)


@pytest.mark.parametrize(
    ("query", "relations", "is_query", "cost"),
    [
        ({}, "", True, 1.0),
        ({}, POLL, True, 2.0),
        ({}, '["SaleLines"]', False, 1.2),
        ({}, '["Customer"]', True, 1.2),
        ({"count": "1"}, "", True, 10.0),
        ({"or": "saleID=1|saleID=2"}, "", True, 3.0),
    ],
)
def test_a_request_costs_its_relations(query: dict[str, str], relations: str, is_query: bool, cost: float) -> None:
    assert request_cost(query, parse_relations(relations, SALE), is_query) == cost


def test_the_request_that_overshoots_passes_and_the_next_waits_for_the_drip() -> None:
    clock = HandClock(NOON)
    bucket = LeakyBucket(1, clock)
    levels = []
    while (verdict := bucket.admit(10)).admitted:
        levels.append(verdict.headers["X-LS-API-Bucket-Level"])
    assert levels[-1] == "90/90"
    assert verdict.headers["X-LS-API-RateLimit-Type"] == "api-leaky-bucket"
    assert verdict.headers["Retry-After"] == "1"
    assert not bucket.admit(1).admitted
    clock.advance(1)
    assert bucket.admit(10).headers["X-LS-API-Bucket-Level"] == "99/90"
    assert bucket.admit(1).headers["Retry-After"] == "10"
    clock.advance(10)
    assert bucket.admit(1).admitted


def test_the_wait_is_the_documented_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = LeakyBucket(1, HandClock(NOON))
    monkeypatch.setattr(bucket, "_level", 92.57)
    verdict = bucket.admit(1)
    assert verdict.headers["X-LS-API-Bucket-Level"] == "92.57/90"
    assert verdict.headers["Retry-After"] == "3"


def test_a_burst_is_refused_within_its_second_only() -> None:
    clock = HandClock(NOON)
    bucket = LeakyBucket(1, clock)
    verdicts = [bucket.admit(1) for _ in range(21)]
    assert [verdict.admitted for verdict in verdicts] == [True] * 20 + [False]
    assert verdicts[-1].headers["X-LS-API-RateLimit-Type"] == "api-burst-limiter"
    assert verdicts[-1].headers["X-LS-API-Bucket-Level"] == "20/90"
    clock.advance(1)
    assert bucket.admit(1).admitted


def test_the_headers_are_on_every_r_response_even_a_refused_one(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(registers=2)
    headers = shop.r("Sale.json", load_relations=POLL).headers
    assert headers["X-LS-API-Bucket-Level"] == "2/100"
    assert headers["X-LS-API-Drip-Rate"] == "1.5"
    assert headers["X-LS-API-Burst-Level"] == "1/23"
    assert headers["X-LS-Api-Request-Cost"] == "2"
    assert headers["X-LS-Acct-Id"] == "100001"
    assert headers["X-LS-OAuth-Client-Id"] == "sandbox-client"
    for path, status in (("Sale.json?offset=1", 400), ("Sale/99999.json", 404)):
        answer = shop.r(path)
        assert answer.status_code == status
        assert "X-LS-API-Bucket-Level" in answer.headers
    while (answer := shop.r("Sale.json", count="1")).status_code == 200:
        shop.clock.advance(1)
    assert answer.status_code == 429
    assert answer.json()["httpCode"] == "429"
    assert answer.headers["X-LS-API-RateLimit-Type"] == "api-leaky-bucket"
    shop.clock.advance(int(answer.headers["Retry-After"]))
    assert shop.r("Sale/1.json").status_code == 200


def test_the_x_window_refuses_until_the_http_date_it_names(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(registers=1)
    first = shop.x("/api/2.0/payment_types")
    assert first.headers["x-ratelimit-limit"] == "350"
    assert first.headers["x-ratelimit-remaining"] == "349"
    for _ in range(349):
        assert shop.x("/api/2.0/payment_types").status_code == 200
    refused = shop.x("/api/2.0/payment_types")
    assert refused.status_code == 429
    assert refused.json() == {"error": "Too Many Requests", "message": "Rate limiting enforced"}
    assert refused.headers["Retry-After"].endswith("GMT")
    shop.clock.now = parsedate_to_datetime(refused.headers["Retry-After"])
    assert shop.x("/api/2.0/payment_types").headers["x-ratelimit-remaining"] == "349"


def test_the_x_limit_grows_with_the_registers() -> None:
    assert FiveMinuteWindow(5, HandClock(NOON)).limit == 1550


def test_the_limits_can_be_switched_off(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(registers=1, rate_limited=False)
    assert {shop.r("Sale/1.json").status_code for _ in range(30)} == {200}
