"""What the simulated households do besides buying follows from their purchases, and comes before some of them."""

from __future__ import annotations

import datetime as dt

import pytest

from include.engagement.webhooks import is_right
from sandbox.engagement import behaviour
from sandbox.engagement.behaviour import Purchase
from sandbox.engagement.dropper import SECRET, signature
from sandbox.lightspeed.people import person

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
BOUGHT = [
    Purchase(10_000 + n, n % 300 + 1, NOW + dt.timedelta(minutes=17 * n), f"category-{n % 5}") for n in range(3000)
]
SALES = {each.sale_id: each for each in BOUGHT}


def test_the_same_purchases_give_the_same_doings():
    for doings in (behaviour.mails, behaviour.mentions):
        assert list(doings(BOUGHT)) == list(doings(BOUGHT))
    assert list(behaviour.visits(BOUGHT, [NOW.date()])) == list(behaviour.visits(BOUGHT, [NOW.date()]))


def test_addresses_are_those_that_the_shop_has():
    known = {address for each in BOUGHT for address in person(each.customer_id).emails}
    outside = {mail.sender if mail.sender != mail.mailbox else mail.to for mail in behaviour.mails(BOUGHT)}
    assert outside
    assert outside <= known


def test_handles_are_those_that_the_shop_has_and_some_of_strangers():
    known = {
        handle for each in BOUGHT for who in [person(each.customer_id)] for handle in (who.instagram, who.facebook)
    }
    handles = {mention.handle for mention in behaviour.mentions(BOUGHT)}
    assert handles & known
    assert handles - known


def test_engagement_precedes_some_purchases_and_not_all():
    visited = {each.number for each in behaviour.visits(BOUGHT, [])}
    asked = {each.thread // 4 for each in behaviour.mails(BOUGHT) if each.sender != each.mailbox}
    told = {each.number for each in behaviour.mentions(BOUGHT)}
    for doings in (visited, asked, told):
        assert 0 < len(doings & SALES.keys()) < len(SALES) / 2
    assert all(each.at < SALES[each.number].at for each in behaviour.visits(BOUGHT, []))
    assert all(each.at < SALES[each.number].at for each in behaviour.mentions(BOUGHT))


def test_some_visitors_are_known_and_others_nobody_knows():
    found = list(behaviour.visits(BOUGHT, [NOW.date()]))
    assert {bool(each.customer_id) for each in found} == {True, False}
    devices = {each.device for each in found if not each.customer_id}
    assert devices - {behaviour.device_of(each.customer_id) for each in BOUGHT}


@pytest.mark.parametrize("body", [b"", b'{"object":"instagram"}'])
def test_a_dropped_webhook_is_signed_as_meta_signs(body: bytes):
    assert is_right(body, signature(body), SECRET)
