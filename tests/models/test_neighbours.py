"""A customer's own habit comes first, then what similar customers buy."""

from __future__ import annotations

import pyarrow as pa

from include.models.neighbours import likely_products


def histories(**bought: dict[str, float]) -> pa.Table:
    rows = [(name, product, int(1e6 * weight)) for name, own in bought.items() for product, weight in own.items()]
    return pa.table(dict(zip(("customer_id", "product_id", "decayed_visits"), zip(*rows, strict=True), strict=True)))


def test_own_products_come_first_then_those_of_the_neighbours():
    table = histories(
        ann={"tea": 2.0, "biscuits": 0.5},
        bob={"tea": 2.0, "milk": 1.0},
        eve={"soap": 3.0, "wax": 1.0},
    )
    ranked = likely_products(table, 3)
    assert ranked["ann"][:2] == ["tea", "biscuits"]
    assert ranked["bob"][:2] == ["tea", "milk"]
    assert len(ranked["eve"]) == 3


def test_one_customer_has_no_neighbour():
    assert likely_products(histories(ann={"tea": 1.0}), 10) == {"ann": ["tea"]}
