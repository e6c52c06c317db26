"""Injected faults: each kind happens as often as asked, on the path asked, and not to control endpoints."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.sandbox.lightspeed.conftest import Shop

SALES = "/api/2.0/sales"


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("502_html", 502), ("empty", 200)])
def test_a_fault_answers_in_place_of_the_api(shop: Shop, kind: str, status: int) -> None:
    shop.act("faults", kind=kind, count=2, seconds=3)
    answers = [shop.x(SALES) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[2].json()["data"]
    assert {"empty": "{}", "502_html": "<html>"}.get(kind, "{") in answers[0].text
    if kind == "429":
        assert answers[0].headers["retry-after"] == "3"


def test_a_truncated_body_is_no_json(shop: Shop) -> None:
    shop.act("faults", kind="truncated")
    answer = shop.x(SALES)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_slow_answer_is_late_but_whole(shop: Shop) -> None:
    shop.act("faults", kind="slow", seconds=0.3)
    started = time.monotonic()
    assert shop.x(SALES).json()["data"]
    assert time.monotonic() - started >= 0.3


def test_a_retired_version_is_served_in_the_new_shape_without_a_word(shop: Shop) -> None:
    shop.act("faults", kind="new_version")
    sale = shop.x(SALES).json()["data"][0]
    assert "status" not in sale
    assert sale["_metadata"]["version"] > 2**31
    assert "status" in shop.x(SALES).json()["data"][0]


def test_a_fault_waits_for_its_path(shop: Shop) -> None:
    shop.act("faults", kind="500", path="/API/V3/")
    assert shop.x(SALES).status_code == 200
    assert shop.r("Sale.json").status_code == 500
    assert shop.r("Sale.json").status_code == 200


def test_faults_can_be_cleared(shop: Shop) -> None:
    shop.act("faults", kind="500", count=100)
    assert shop.client.delete("/_sandbox/faults").status_code == 200
    assert shop.x(SALES).status_code == 200


def test_an_unknown_kind_is_refused(shop: Shop) -> None:
    assert shop.client.post("/_sandbox/faults", json={"kind": "earthquake"}).status_code == 422


def test_a_broken_connection_is_a_protocol_error(served: str) -> None:
    with httpx.Client(base_url=served, headers={"authorization": "Bearer lsxs_pt_sandbox"}) as client:
        client.post("/_sandbox/faults", json={"kind": "disconnect", "path": "/api/"})
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(SALES)
        assert client.get(SALES).status_code == 200
