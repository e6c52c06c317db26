"""Acts of a schedule, done in the shop over its control endpoints."""

from __future__ import annotations

import datetime as dt
from typing import Any

import requests

from sandbox.lightspeed.records import Sale
from sandbox.lightspeed.store import Store
from tests.chaos.clock import Clock
from tests.chaos.schedule import Act, Schedule, ShopFault
from tests.chaos.shop import PREPARE, SETTINGS

TENDERS = ("Cash", "Credit Card", "Debit", "Gift Card")


class Till:
    """The shop as its people use it.

    Args:
        url: of the shop's process.
        clock: the time.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url, self._clock = url, clock
        self._session = requests.Session()
        self._store: Store | None = None
        self._schedule: Schedule | None = None
        self.malformed: set[int] = set()
        self.ever_malformed: set[int] = set()

    @property
    def store(self) -> Store:
        """What the shop knows: the truth."""
        if self._store is None:
            raise RuntimeError("The shop is not open: open it first.")
        return self._store

    def open(self, schedule: Schedule, jwt_key: str) -> None:
        """A new shop for a schedule."""
        if self._store:
            self._store.close()
        body = {"catalogue": schedule.catalogue, "way": schedule.way, "jwt_key": jwt_key}
        self._store = Store(self._post(PREPARE, body, as_path=True))
        self._schedule = schedule
        self.malformed, self.ever_malformed = set(), set()

    def spoil(self, fault: ShopFault) -> None:
        """Queue a fault of the API."""
        way = self._schedule.way if self._schedule else "x_series"
        series, version = ("R", "") if way == "r_series" else ("X", "2026-07" if way.endswith("07") else "2.0")
        name = {"sales": "Sale", "customers": "Customer"}[fault.stream]
        path = (
            f"/API/V3/Account/{SETTINGS.account_id}/{name}.json" if series == "R" else f"/api/{version}/{fault.stream}"
        )
        body = {"kind": fault.kind, "count": fault.count, "path": path, "seconds": fault.seconds}
        self._post("/_sandbox/faults", body | ({"seconds": 0.6} if fault.kind == "slow" else {}))

    def mend(self) -> None:
        """Forget all faults of the API."""
        self._session.delete(f"{self._url}/_sandbox/faults", timeout=30).raise_for_status()

    def act(self, act: Act) -> str:
        """Do it, if there is a sale, customer or product that it can be done with; returns what was done."""
        doing = getattr(self, "_" + act.kind.replace(" ", "_").replace("-", "_"))
        done = doing(act)
        return f"{act.kind}: {done if done else 'nothing to do it with'}"

    def _sale(self, act: Act, **more: Any) -> str:
        body = {"lines": _lines(act), "customer_id": act.which % 5, **more}
        if "completed" not in more and act.which % 4 == 0:
            half = _total(body["lines"]) / 2
            kinds = (TENDERS[act.which % 3], TENDERS[act.which % 3 + 1])
            body["payments"] = [{"type": kind, "amount": f"{half + place:.2f}"} for place, kind in enumerate(kinds)]
        return str(self._post("/_sandbox/sales", body)["sale_id"])

    def _open_sale(self, act: Act) -> str:
        return self._sale(act, completed=False)

    def _back_dated_sale(self, act: Act) -> str:
        return self._sale(act, completed_at=self._ago(act.seconds))

    def _malformed_sale(self, act: Act) -> str:
        # What it is is settled before it can be read.
        number = int(self.store.get_meta("next_sale_id") or 1)
        self._set_malformed(self.malformed | {number})
        return self._sale(act)

    def _mend(self, act: Act) -> str:
        if not self.malformed:
            return ""
        number = sorted(self.malformed)[act.which % len(self.malformed)]
        self._set_malformed(self.malformed - {number})
        return self._edit(number, {"customer_id": 1})

    def _complete(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: not sale.is_completed and not sale.is_voided)
        if sale is None:
            return ""
        body = {"completed_at": self._ago(act.seconds)} if act.amount > 7 else {}
        return str(self._post(f"/_sandbox/sales/{sale.sale_id}/complete", body)["sale_id"])

    def _change_line(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: bool(sale.lines) and sale.return_of == 0)
        if sale is None:
            return ""
        line = sale.lines[act.which % len(sale.lines)]
        change = {"line_id": line.line_id, "quantity": str(act.amount), "price": f"{act.amount}.25"}
        return self._edit(sale.sale_id, {"change_lines": [change]})

    def _quiet_edit(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: sale.is_completed and not sale.is_voided and sale.return_of == 0)
        if sale is None:
            return ""
        line = sale.lines[act.which % len(sale.lines)]
        change = {"line_id": line.line_id, "quantity": str(act.amount), "price": f"{act.amount}.75"}
        return self._edit(sale.sale_id, {"change_lines": [change], "quiet": True})

    def _delete(self, act: Act) -> str:
        returned = {sale.return_of for sale in self.store.sales("ORDER BY sale_id")}
        sale = self._pick(act, lambda sale: sale.is_completed and not sale.return_of and sale.sale_id not in returned)
        if sale is None:
            return ""
        self._session.delete(f"{self._url}/_sandbox/sales/{sale.sale_id}", timeout=30).raise_for_status()
        return str(sale.sale_id)

    def _remove_line(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: len(sale.lines) > 1)
        return self._edit(sale.sale_id, {"remove_lines": [sale.lines[0].line_id]}) if sale else ""

    def _add_line(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: sale.return_of == 0)
        return self._edit(sale.sale_id, {"add_lines": _lines(act)[:1]}) if sale else ""

    def _move_day(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: sale.is_completed)
        return self._edit(sale.sale_id, {"completed_at": self._ago(act.seconds)}) if sale else ""

    def _change_customer_of_sale(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: True)
        return self._edit(sale.sale_id, {"customer_id": act.amount % 5}) if sale else ""

    def _void(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: not sale.is_voided)
        return str(self._post(f"/_sandbox/sales/{sale.sale_id}/void", {})["sale_id"]) if sale else ""

    def _return(self, act: Act, completed: bool = True) -> str:
        sale = self._pick(act, lambda sale: sale.is_completed and sale.return_of == 0 and not sale.is_voided)
        if sale is None:
            return ""
        return str(self._post(f"/_sandbox/sales/{sale.sale_id}/return", {"completed": completed})["sale_id"])

    def _open_return(self, act: Act) -> str:
        return self._return(act, completed=False)

    def _reopen(self, act: Act) -> str:
        sale = self._pick(act, lambda sale: sale.is_completed and not sale.is_voided)
        return str(sale.sale_id) if sale and self._post("/chaos/reopen", {"sale_id": sale.sale_id}) else ""

    def _customer(self, act: Act) -> str:
        found = self.store.customers("ORDER BY customer_id")
        if not found:
            return ""
        number = found[act.which % len(found)].customer_id
        changes = {"emails": [f"new{act.amount}@example.com"], "is_archived": act.amount == 9}
        return str(self._post(f"/_sandbox/customers/{number}", changes)["customer_id"])

    def _product(self, act: Act) -> str:
        found = self.store.products("ORDER BY product_id")
        if not found:
            return ""
        number = found[act.which % len(found)].product_id
        self._post("/chaos/product", {"product_id": number, "description": f"Tea, {act.amount}"})
        return str(number)

    def _set_malformed(self, numbers: set[int]) -> None:
        self._post("/chaos/malformed", {"sale_ids": sorted(numbers)})
        self.malformed = numbers
        self.ever_malformed |= numbers

    def _edit(self, number: int, changes: dict[str, Any]) -> str:
        return str(self._post(f"/_sandbox/sales/{number}/edit", changes)["sale_id"])

    def _pick(self, act: Act, fits: Any) -> Sale | None:
        found = [
            sale for sale in self.store.sales("ORDER BY sale_id") if sale.sale_id not in self.malformed and fits(sale)
        ]
        return found[act.which % len(found)] if found else None

    def _ago(self, seconds: int) -> str:
        return (self._clock.now() - dt.timedelta(seconds=seconds)).isoformat()

    def _post(self, path: str, body: dict[str, Any], as_path: bool = False) -> Any:
        answer = self._session.post(self._url + path, json=body, timeout=30)
        if answer.status_code >= 400:
            raise RuntimeError(f"{path} {body} was refused: {answer.status_code} {answer.text[:200]}")
        if as_path:
            from pathlib import Path

            return Path(answer.json())
        return answer.json()


def _lines(act: Act) -> list[dict[str, Any]]:
    return [
        {
            "product_id": (act.which + number) % 5,
            "quantity": str(1 + (act.amount + number) % 4),
            "price": f"{act.amount}.50",
        }
        for number in range(1 + act.which % 3)
    ]


def _total(lines: list[dict[str, Any]]) -> float:
    return sum(float(line["price"]) * float(line["quantity"]) for line in lines)
