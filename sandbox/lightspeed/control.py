"""Control endpoints under ``/_sandbox/``: the truth to compare with, acts at the till, pauses and faults."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from sandbox.lightspeed import truth
from sandbox.lightspeed.back_office import BackOffice
from sandbox.lightspeed.faults import Fault, FaultBox, FaultKind
from sandbox.lightspeed.live import LiveSeller
from sandbox.lightspeed.oauth import OAuth
from sandbox.lightspeed.records import Customer, Sale, from_us, number_of, to_us
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store
from sandbox.lightspeed.till import LineChange, LineOrder, SaleEdit, Till, TillError, UnknownSaleError
from sandbox.lightspeed.x_oauth import XOAuth


class NewLine(BaseModel):
    """A line to sell; ``price`` per unit after discounts, before tax."""

    product_id: int = 0
    quantity: Decimal = Decimal(1)
    price: Decimal
    discount: Decimal = Decimal(0)


class Tender(BaseModel):
    """An amount paid, tax included."""

    type: str
    amount: Decimal


class NewSale(BaseModel):
    """A sale made now; ``completed_at`` back-dates it."""

    lines: list[NewLine] = []
    customer_id: int = 0
    payments: list[Tender] | None = None
    completed: bool = True
    completed_at: AwareDatetime | None = None
    shop_id: int = 1
    register_id: int = 1


class Completion(BaseModel):
    """How an open sale is completed."""

    completed_at: AwareDatetime | None = None
    payments: list[Tender] | None = None


class ChangedLine(BaseModel):
    """A line's new quantity or unit price."""

    line_id: int
    quantity: Decimal | None = None
    price: Decimal | None = None


class Edit(BaseModel):
    """Changes of a sale; a quiet one moves neither version nor any time."""

    change_lines: list[ChangedLine] = []
    remove_lines: list[int] = []
    add_lines: list[NewLine] = []
    completed_at: AwareDatetime | None = None
    customer_id: int | None = None
    quiet: bool = False


class Return(BaseModel):
    """Which lines come back (all by default); ``completed`` false leaves the return open (parked)."""

    line_ids: list[int] | None = None
    completed: bool = True


class CustomerChange(BaseModel):
    """New values of a customer; ``emails`` replaces the whole list."""

    first_name: str | None = None
    last_name: str | None = None
    emails: list[str] | None = None
    phones: list[str] | None = None
    accepts_email: bool | None = None
    is_archived: bool | None = None


class Pace(BaseModel):
    """Sales a second; null sells by the virtual clock."""

    sales_per_second: float | None = Field(None, ge=0)


class NewFault(BaseModel):
    """The next ``count`` API requests under ``path`` fail; ``seconds`` is the delay or the Retry-After."""

    kind: FaultKind
    count: int = Field(1, ge=1)
    path: str = "/"
    seconds: float = 1.0


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def _tenders(payments: list[Tender] | None) -> list[tuple[str, Decimal]] | None:
    return None if payments is None else [(tender.type, tender.amount) for tender in payments]


def _orders(lines: list[NewLine]) -> list[LineOrder]:
    return [LineOrder(line.product_id, line.quantity, line.price, line.discount) for line in lines]


def _number(identifier: str) -> int:
    number = number_of(identifier)
    if number is None:
        raise HTTPException(404, f"'{identifier}' is no id")
    return number


def _act(act: Callable[[], Sale]) -> Response:
    """Run one act at the till; its refusals become 404 and 422."""
    try:
        sale = act()
    except UnknownSaleError as error:
        raise HTTPException(404, str(error)) from None
    except TillError as error:
        raise HTTPException(422, str(error)) from None
    return _json({**truth.sale_head(sale), "lines": truth.sale_lines(sale)})


def router(
    store: Store,
    settings: SimulatorSettings,
    clock: Callable[[], datetime],
    *,
    seller: LiveSeller,
    box: FaultBox,
    oauths: tuple[OAuth, XOAuth],
) -> APIRouter:
    """All control routes."""
    routes = APIRouter(prefix="/_sandbox", tags=["control"])
    _add_truth(routes, store, settings, seller)
    office = BackOffice(store, settings, clock)
    _add_till(routes, office)
    _add_back_office(routes, office)
    _add_customers(routes, store, clock)
    _add_switches(routes, seller, box, oauths)
    return routes


def _add_truth(routes: APIRouter, store: Store, settings: SimulatorSettings, seller: LiveSeller) -> None:
    @routes.get("/health")
    def health() -> Response:
        counts = {
            name: store.rows(f"SELECT COUNT(*) FROM {name}")[0][0]  # noqa: S608
            for name in ("sales", "pending_sales", "customers", "products")
        }
        return _json(
            {
                "status": "ok",
                **counts,
                "first_start": from_us(int(store.get_meta("first_start_us") or 0)).isoformat(),
                "virtual_now": from_us(seller.virtual_now_us()).isoformat(),
                "shift_days": int(store.get_meta("shift_us") or 0) // 86_400_000_000,
                "paused": seller.paused,
                "registers": settings.registers,
                "speed": settings.speed,
            }
        )

    @routes.get("/totals")
    def totals(
        first: Annotated[date | None, Query(alias="from")] = None,
        last: Annotated[date | None, Query(alias="to")] = None,
    ) -> Response:
        days = truth.daily_totals(store, first, last)
        return _json({"days": days, "sum": truth.sum_totals(days)})

    @routes.get("/truth/sales")
    def truth_sales(day: Annotated[date, Query(alias="date")]) -> Response:
        return _json({"lines": truth.lines_of_day(store, day)})

    @routes.get("/live")
    def live(since: AwareDatetime | None = None) -> Response:
        return _json({"sales": truth.live_sales(store, since)})


def _add_till(routes: APIRouter, till: Till) -> None:
    @routes.post("/sales")
    def create(body: NewSale) -> Response:
        return _act(
            lambda: till.ring_up(
                _orders(body.lines),
                customer_id=body.customer_id,
                payments=_tenders(body.payments),
                completed=body.completed,
                completed_at=body.completed_at,
                shop_id=body.shop_id,
                register_id=body.register_id,
            )
        )

    @routes.post("/sales/{sale_id}/complete")
    def complete(sale_id: str, body: Completion | None = None) -> Response:
        how = body or Completion()
        return _act(lambda: till.complete(_number(sale_id), how.completed_at, _tenders(how.payments)))

    @routes.post("/sales/{sale_id}/void")
    def void(sale_id: str) -> Response:
        return _act(lambda: till.void(_number(sale_id)))

    @routes.post("/sales/{sale_id}/edit")
    def edit(sale_id: str, body: Edit) -> Response:
        changes = [LineChange(line.line_id, line.quantity, line.price) for line in body.change_lines]
        orders = _orders(body.add_lines)
        wanted = SaleEdit(changes, body.remove_lines, orders, body.completed_at, body.customer_id, body.quiet)
        return _act(lambda: till.edit(_number(sale_id), wanted))

    @routes.post("/sales/{sale_id}/return")
    def give_back(sale_id: str, body: Return | None = None) -> Response:
        what = body or Return()
        return _act(lambda: till.give_back(_number(sale_id), what.line_ids, what.completed))


def _add_back_office(routes: APIRouter, office: BackOffice) -> None:
    @routes.post("/sales/{sale_id}/reopen")
    def reopen(sale_id: str) -> Response:
        return _act(lambda: office.reopen(_number(sale_id)))

    @routes.delete("/sales/{sale_id}")
    def delete(sale_id: str) -> Response:
        return _act(lambda: office.delete(_number(sale_id)))


def _add_switches(routes: APIRouter, seller: LiveSeller, box: FaultBox, oauths: tuple[OAuth, XOAuth]) -> None:
    @routes.post("/pause")
    def pause() -> Response:
        seller.set_paused(True)
        return _json({"paused": True})

    @routes.post("/resume")
    def resume() -> Response:
        seller.set_paused(False)
        return _json({"paused": False})

    @routes.post("/pace")
    def pace(body: Pace) -> Response:
        seller.set_pace(body.sales_per_second)
        return _json(body.model_dump())

    @routes.post("/faults")
    def add_fault(body: NewFault) -> Response:
        box.add(Fault(body.kind, body.count, body.path, body.seconds))
        return _json(body.model_dump())

    @routes.delete("/faults")
    def clear_faults() -> Response:
        box.clear()
        return _json({})

    @routes.post("/revoke")
    def revoke() -> Response:
        for oauth in oauths:
            oauth.revoke()
        return _json({})


def _add_customers(routes: APIRouter, store: Store, clock: Callable[[], datetime]) -> None:
    @routes.post("/customers/{customer_id}")
    def change_customer(customer_id: str, body: CustomerChange) -> Response:
        with store.transaction():
            found = store.customers("WHERE customer_id = ?", (_number(customer_id),))
            if not found:
                raise HTTPException(404, f"There is no customer {customer_id}")
            _change(found[0], body, clock())
            store.put_customer(found[0])
        return _json({"customer_id": str(found[0].customer_id), "version": found[0].version})


def _change(customer: Customer, body: CustomerChange, now: datetime) -> None:
    for name, value in body.model_dump(exclude_none=True).items():
        setattr(customer, name, value)
    customer.updated_us = to_us(now)
