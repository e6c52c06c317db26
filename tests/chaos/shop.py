"""A small shop: the Lightspeed simulator and its Secret Manager in one process, made anew for each schedule."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.connections import SECRET
from sandbox.lightspeed.app import create_app
from sandbox.lightspeed.history import PAYMENT_TYPES
from sandbox.lightspeed.page_faults import Page, identity
from sandbox.lightspeed.records import Category, Customer, Product, number_of, to_us
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store, product_row
from sandbox.secrets.app import create_app as create_secrets
from sandbox.secrets.vault import SecretExistsError, Vault
from tests.chaos.clock import Clock

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SETTINGS = SimulatorSettings(registers=20, speed=0, access_token_seconds=600, x_access_token_seconds=86_400)
PREPARE = "/chaos/prepare"
_PUT_PRODUCT = "INSERT OR REPLACE INTO products VALUES (?, ?, ?, ?, ?, ?, ?)"


def fill(store: Store, now_us: int, catalogue: bool) -> None:
    """An open shop without sales, with or without customers and products."""
    kinds = [(number, store.next_versions(), *kind) for number, kind in enumerate(PAYMENT_TYPES, start=1)]
    store.insert_many("INSERT INTO payment_types VALUES (?, ?, ?, ?)", kinds)
    for key in ("next_line_id", "next_payment_id", "next_sale_id"):
        store.set_meta(key, "1")
    if not catalogue:
        return
    category = Category(
        category_id=1, parent_id=0, name="TEA", path="TEA", depth=0, left_node=1, right_node=2, created_us=now_us
    )
    columns = tuple(getattr(category, name) for name in Category.__struct_fields__)
    store.insert_many("INSERT INTO categories VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [columns])
    for number in range(1, 5):
        put_product(store, number, f"Tea {number}", now_us)
        customer = Customer(first_name="Ada", last_name=f"No. {number}", emails=[f"ada{number}@example.com"])
        customer.customer_id, customer.created_us, customer.updated_us = number, now_us, now_us
        store.put_customer(customer)


def put_product(store: Store, number: int, description: str, now_us: int) -> None:
    """Write a product under a new version."""
    product = Product(description=description, sku=f"T{number}", brand="National", price=2_500_000, cost=1_000_000)
    product.product_id, product.category_id, product.version = number, 1, store.next_versions()
    product.created_us = product.updated_us = now_us
    store.insert_many(_PUT_PRODUCT, [product_row(product)])


class Shop:
    """The app of the shop's process: everything below `/chaos/`, the rest is the simulator's.

    Args:
        folder: where the stores lie.
        clock: the time, shared with the workers.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._store: Store | None = None
        self._vault: Vault | None = None
        self._lightspeed: ASGIApp | None = None
        self._secrets: ASGIApp | None = None
        self._malformed: set[int] = set()
        self._acts: dict[str, Callable[[dict[str, Any]], Any]] = {
            PREPARE: self._prepare,
            "/chaos/reopen": self._reopen,
            "/chaos/product": self._product,
            "/chaos/malformed": self._set_malformed,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["path"] in self._acts:
            body = await Request(scope, receive).body()
            answer = self._acts[scope["path"]](json.loads(body))
            await JSONResponse(answer)(scope, receive, send)
        elif scope["path"].startswith("/v1/") and self._secrets:
            await self._secrets(scope, receive, send)
        elif self._lightspeed and self._malformed and scope["path"].endswith(("/sales", "/search", "/Sale.json")):
            await self._spoilt(self._lightspeed, scope, receive, send)
        elif self._lightspeed:
            await self._lightspeed(scope, receive, send)

    def _prepare(self, body: dict[str, Any]) -> str:
        """Empty stores, filled anew; returns the path of the shop's store."""
        for opened in (self._store, self._vault):
            if opened:
                opened.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._store = Store(self._folder / "lightspeed.sqlite3")
        with self._store.transaction():
            self._store.set_meta("jwt_key", body["jwt_key"])
            fill(self._store, to_us(self._clock.now()) - 86_400_000_000, body["catalogue"])
        self._lightspeed = create_app(self._store, SETTINGS, self._clock.now)
        self._vault = Vault(self._folder / "secrets.sqlite3")
        self._secrets = create_secrets(self._vault, self._clock.now)
        self._malformed = set()
        first = SETTINGS.refresh_token if body["way"] == "r_series" else SETTINGS.x_refresh_token
        try:
            self._vault.create(SECRET)
        except SecretExistsError as error:
            raise RuntimeError("The vault was not emptied.") from error
        self._vault.add(SECRET, json.dumps({"refresh_token": first}).encode(), self._clock.now().isoformat())
        return str(self._store.path)

    def _opened(self) -> Store:
        if self._store is None:
            raise RuntimeError(f"The shop is not open: call {PREPARE} first.")
        return self._store

    def _reopen(self, body: dict[str, Any]) -> bool:
        """A completed sale is open again, its payments are given back."""
        store, now = self._opened(), to_us(self._clock.now())
        with store.transaction():
            sale = store.sale(body["sale_id"])
            if sale is None:
                return False
            sale.is_completed, sale.completed_us, sale.payments = False, None, []
            sale.updated_us, sale.timestamp_s = now, now // 1_000_000
            store.put_sale(sale)
        return True

    def _product(self, body: dict[str, Any]) -> bool:
        store = self._opened()
        with store.transaction():
            put_product(store, body["product_id"], body["description"], to_us(self._clock.now()))
        return True

    def _set_malformed(self, body: dict[str, Any]) -> bool:
        self._malformed = set(body["sale_ids"])
        return True

    async def _spoilt(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """The same answer, but the malformed sales in it have a quantity that is none."""
        start: Message = {}
        body = b""

        async def record(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        await app(scope, receive, record)
        if start["status"] == 200:
            body = self._with_malformed(body)
        headers = {name.decode(): value.decode() for name, value in start["headers"] if name != b"content-length"}
        await Response(body, start["status"], headers)(scope, receive, send)

    def _with_malformed(self, body: bytes) -> bytes:
        try:
            page = Page(body)
        except ValueError:
            return body
        if page.name in {"data", "Sale"}:
            page.rows = [
                spoilt(row) if number_of(identity(row)) in self._malformed else row for row in page.rows if bytes(row)
            ]
            return page.encoded()
        return body


def spoilt(row: msgspec.Raw) -> msgspec.Raw:
    """A sale whose register is a list: no shape of it allows that, and every other field stays readable."""
    fields = msgspec.json.decode(row, type=dict[str, Any])
    for name in ("line_items", "SaleLines"):
        if name in fields:
            fields[name] = {"SaleLine": 7} if name == "SaleLines" else 7
    return msgspec.Raw(msgspec.json.encode(fields))


def serve(folder: Path, port: int, clock: Clock) -> None:
    """Serve the shop until the process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["PYTHONWARNINGS"] = "ignore"
    uvicorn.run(Shop(folder, clock), host="127.0.0.1", port=port, log_level="error", access_log=False)
