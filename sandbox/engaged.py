"""Simulated e-mails, visits and social activity of the customers of a sales file, tied to their purchases.

The real sales come without any. What is made here is a supposition, stated in the constants below: some purchases
are led up to by a visit or a letter, some are followed by a comment, and much engagement has nothing to do with any
purchase. What an ablation finds on it says that the sources reach the models, not what they are worth to a shop.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.lightspeed.people import person

DAY_US: Final = 86_400_000_000
MICROS: Final = pa.timestamp("us", "UTC")
MAILBOX, ACCOUNT = "hello@shop.example", "17840000000000000"

READERS, CORRESPONDENTS = 0.6, 0.4
"""Shares of the customers who ever visit the site, and of those with an address who ever write."""
VISIT_BEFORE, LETTER_BEFORE, COMMENT_AFTER = 0.35, 0.06, 0.05
"""Chances that a purchase of such a customer is led up to by a visit (0 to 6 days) or a letter (1 to 5 days), or is
followed by a comment (0 to 3 days)."""
IDLE_VISITS_A_MONTH, NEWSLETTER_DAYS, REPLY = 0.6, 14, 0.08
"""Visits that lead to nothing; days between two newsletters; chance that one is answered around a purchase."""
SIGNED_IN = 0.4
CATEGORIES = ("recipes", "wine", "garden", "baby", "pets", "health", "bakery", "seasonal")


@dataclasses.dataclass(frozen=True)
class Shoppers:
    """Who buys, and their purchases (one a customer and day), as equally long arrays ordered by customer and time."""

    ids: list[str]
    """Lightspeed's customer ids; a position in it is the customer's number."""
    number: NDArray[np.int64]
    at_us: NDArray[np.int64]
    """Microseconds since the epoch, UTC."""
    product: NDArray[np.int64]
    """A number that stands for the first product bought."""


def shoppers(sales: pa.Table) -> Shoppers:
    """Purchases of a table with the columns `timestamp`, `customer_id` and `product_id` of `sales`."""
    customers = sales["customer_id"].combine_chunks().dictionary_encode()
    at_us = sales["timestamp"].cast(pa.int64()).to_numpy()
    products = sales["product_id"].combine_chunks().dictionary_encode().indices.fill_null(0).to_numpy()
    number = customers.indices.to_numpy().astype(np.int64)
    order = np.lexsort((products, at_us, number))
    number, at_us, products = number[order], at_us[order], products[order].astype(np.int64)
    first = np.append(True, (np.diff(number) != 0) | (np.diff(at_us // DAY_US) != 0))
    return Shoppers(customers.dictionary.to_pylist(), number[first], at_us[first], products[first])


def engagement(who: Shoppers, seed: int = 4) -> dict[str, pa.Table]:
    """Rows of `customers`, `email_events`, `content_events` and `social_events`; the same shoppers give the same."""
    rng = np.random.default_rng(seed)
    people = [person(number + 1) for number in range(len(who.ids))]
    first_us = int(who.at_us.min())
    return {
        "customers": _customers(who, people, first_us),
        "email_events": _emails(who, people, rng),
        "content_events": _content(who, people, rng),
        "social_events": _social(who, people, rng),
    }


def _customers(who: Shoppers, people: list[Any], first_us: int) -> pa.Table:
    count = len(people)
    moment = pa.array([first_us] * count, pa.int64()).cast(MICROS)
    return pa.table(
        {
            "customer_id": who.ids,
            "email": [each.emails[0] if each.emails else None for each in people],
            "instagram": [each.instagram or None for each in people],
            "facebook": [each.facebook or None for each in people],
            "is_archived": [False] * count,
            "created_at": moment,
            "source": ["file"] * count,
            "source_updated_at": moment,
            "ingested_at": moment,
            "batch_id": ["simulated"] * count,
        }
    )


def _emails(who: Shoppers, people: list[Any], rng: np.random.Generator) -> pa.Table:
    address = np.array([each.emails[0] if each.emails else "" for each in people], object)
    writes = (rng.random(len(people)) < CORRESPONDENTS) & (address != "")
    asked = writes[who.number] & (rng.random(len(who.number)) < LETTER_BEFORE)
    letters_at = who.at_us[asked] - (rng.uniform(1, 5, asked.sum()) * DAY_US).astype(np.int64)
    sent_to, sent_at = _newsletters(who, address)
    # Who buys within a week of a newsletter may have answered it within two days.
    near = _next_purchase(who, sent_to, sent_at) - sent_at < 7 * DAY_US
    answered = writes[sent_to] & near & (rng.random(len(sent_to)) < REPLY)
    delay = (rng.uniform(0.05, 2, answered.sum()) * DAY_US).astype(np.int64)
    number = np.concatenate([who.number[asked], sent_to, sent_to[answered]])
    at_us = np.concatenate([letters_at, sent_at, sent_at[answered] + delay])
    outward = np.repeat([False, True, False], [asked.sum(), len(sent_to), answered.sum()])
    delays = np.concatenate([np.full(asked.sum() + len(sent_to), -1), delay // 1_000_000])
    return pa.table(
        {
            "event_at": pa.array(at_us).cast(MICROS),
            "mailbox": [MAILBOX] * len(at_us),
            "message_id": [f"m{place}" for place in range(len(at_us))],
            "thread_id": [f"t{one}" for one in number.tolist()],
            "direction": np.where(outward, "to_customer", "from_customer").astype(object),
            "counterpart": address[number],
            "reply_delay_seconds": pa.array(delays, mask=delays < 0),
            **_landed(len(at_us), at_us, source="gmail"),
        }
    )


def _newsletters(who: Shoppers, address: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    days = np.arange(who.at_us.min() + DAY_US, who.at_us.max(), NEWSLETTER_DAYS * DAY_US)
    readers = np.flatnonzero(address != "")
    return np.tile(readers, len(days)), np.repeat(days, len(readers))


def _next_purchase(who: Shoppers, number: NDArray[np.int64], at_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each customer buys next at or after a moment; far away when never."""
    span = int(who.at_us.max()) + 400 * DAY_US
    keys = who.number * span + who.at_us
    place = np.searchsorted(keys, number * span + at_us)
    found = np.minimum(place, len(keys) - 1)
    same = (place < len(keys)) & (who.number[found] == number)
    return np.where(same, who.at_us[found], span)


def _content(who: Shoppers, people: list[Any], rng: np.random.Generator) -> pa.Table:
    reads = rng.random(len(people)) < READERS
    led = reads[who.number] & (rng.random(len(who.number)) < VISIT_BEFORE)
    led_at = who.at_us[led] - (rng.uniform(0.02, 6, led.sum()) * DAY_US).astype(np.int64)
    first, last = int(who.at_us.min()), int(who.at_us.max())
    idle = rng.poisson(IDLE_VISITS_A_MONTH * (last - first) / (30 * DAY_US), len(people)) * reads
    number = np.concatenate([who.number[led], np.repeat(np.arange(len(people)), idle)])
    at_us = np.concatenate([led_at, rng.integers(first, last, idle.sum())])
    category = np.concatenate([who.product[led] % len(CATEGORIES), rng.integers(0, len(CATEGORIES), idle.sum())])
    pages = rng.integers(1, 6, len(number))
    row = np.repeat(np.arange(len(number)), pages)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(pages) - pages, pages)
    event_us = at_us[row] + nth * 45_000_000
    signed_in = (rng.random(len(number)) < SIGNED_IN)[row]
    user = np.array([_user_id(who.ids[place], people[place]) for place in range(len(people))], object)
    browser = np.array([f"b{place}" for place in range(len(people))], object)
    return pa.table(
        {
            "event_at": pa.array(event_us).cast(MICROS),
            "event_id": [f"e{place}" for place in range(len(row))],
            "event_name": ["page_view"] * len(row),
            "user_pseudo_id": browser[number[row]],
            "user_id": np.where(signed_in, user[number[row]], None),
            "session_id": pa.array(at_us[row] // 1_000_000),
            "content_category": np.array(CATEGORIES, object)[category[row]],
            "engagement_time_seconds": np.round(rng.exponential(30, len(row)), 1),
            "export_table_day": pa.array(event_us).cast(MICROS).cast(pa.date32()),
            "is_intraday": [False] * len(row),
            **_landed(len(row), event_us),
        }
    )


def _user_id(customer_id: str, who: Any) -> str:
    """As sites do: the shop's own id, or the address's digest."""
    if who.emails and who.customer_id % 2:
        return hashlib.sha256(who.emails[0].encode()).hexdigest()
    return customer_id


def _social(who: Shoppers, people: list[Any], rng: np.random.Generator) -> pa.Table:
    handle = np.array([each.instagram for each in people], object)
    told = (handle[who.number] != "") & (rng.random(len(who.number)) < COMMENT_AFTER)
    told_at = who.at_us[told] + (rng.uniform(0.01, 3, told.sum()) * DAY_US).astype(np.int64)
    fans = np.flatnonzero(handle != "")
    idle = rng.choice(fans, len(fans) * 2)
    number = np.concatenate([who.number[told], idle])
    at_us = np.concatenate([told_at, rng.integers(who.at_us.min(), who.at_us.max(), len(idle))])
    kinds = np.array(["comment", "mention", "message", "reaction"], object)
    return pa.table(
        {
            "event_at": pa.array(at_us).cast(MICROS),
            "event_id": [f"s{place}" for place in range(len(at_us))],
            "platform": ["instagram"] * len(at_us),
            "event_type": rng.choice(kinds, len(at_us)),
            "account_id": [ACCOUNT] * len(at_us),
            "handle": handle[number],
            "signature_checked": [True] * len(at_us),
            **_landed(len(at_us), at_us, source="meta_webhook"),
        }
    )


def _landed(count: int, at_us: NDArray[np.int64], **constants: str) -> dict[str, Any]:
    own = {name: [value] * count for name, value in constants.items()}
    return own | {"ingested_at": pa.array(at_us).cast(MICROS), "batch_id": ["simulated"] * count}
