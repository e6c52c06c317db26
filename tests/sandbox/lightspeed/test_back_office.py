"""What no feed tells: quiet edits and deletions; and a sale that is opened again."""

from __future__ import annotations

from typing import Any

from tests.sandbox.lightspeed.conftest import Shop
from tests.sandbox.lightspeed.test_till import LINES, r_sale, x_sale


def times(shop: Shop, sale: dict[str, Any]) -> tuple[Any, ...]:
    r, x = r_sale(shop, sale["sale_id"]), x_sale(shop, sale)
    return r["timeStamp"], r["updatetime"], x["version"], x["updated_at"]


def test_a_quiet_edit_moves_neither_version_nor_any_time(shop: Shop) -> None:
    sale = shop.act("sales", lines=LINES)
    before = times(shop, sale)
    shop.clock.advance(60)
    removed = sale["lines"][1]["line_id"]
    shop.act(f"sales/{sale['sale_id']}/edit", remove_lines=[int(removed)], quiet=True)
    assert times(shop, sale) == before
    assert len(x_sale(shop, sale)["line_items"]) == 1


def test_a_sale_that_is_opened_again_is_no_sale_of_any_day(shop: Shop) -> None:
    sale = shop.act("sales", lines=LINES)
    shop.clock.advance(60)
    shop.act(f"sales/{sale['sale_id']}/reopen")
    assert "completeTime" not in r_sale(shop, sale["sale_id"])
    assert x_sale(shop, sale)["status"] == "SAVED"
    assert shop.client.post(f"/_sandbox/sales/{sale['sale_id']}/reopen").status_code == 422


def test_a_deleted_sale_is_not_found(shop: Shop) -> None:
    sale = shop.act("sales", lines=LINES)
    assert shop.client.delete(f"/_sandbox/sales/{sale['sale_id']}").status_code == 200
    assert shop.x(f"/api/2.0/sales/{sale['x_sale_id']}").status_code == 404
    assert shop.client.delete(f"/_sandbox/sales/{sale['sale_id']}").status_code == 404
