"""The simulator's app: both API series, their gate, the live seller and the control endpoints."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from fastapi import FastAPI

from sandbox.lightspeed import control, r_series, x_series
from sandbox.lightspeed.faults import FaultBox, Faults
from sandbox.lightspeed.gate import Gate
from sandbox.lightspeed.live import LiveSeller
from sandbox.lightspeed.oauth import OAuth
from sandbox.lightspeed.records import number_of
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store
from sandbox.lightspeed.till import Till, UnknownSaleError
from sandbox.lightspeed.x_oauth import XOAuth


def _voiding(till: Till) -> Callable[[str], None]:
    """A function that voids the sale of an id of either series, if there is one."""

    def void(identifier: str) -> None:
        number = number_of(identifier)
        with suppress(UnknownSaleError):
            if number is not None:
                till.void(number)

    return void


def create_app(store: Store, settings: SimulatorSettings, clock: Callable[[], datetime]) -> FastAPI:
    """The simulated Lightspeed account.

    Args:
        store: A filled store (`history.fill`); the caller closes it.
        settings: The shop.
        clock: Returns the current time, aware.
    """
    oauth, x_oauth, box = OAuth(store, settings, clock), XOAuth(store, settings, clock), FaultBox()
    seller = LiveSeller(store, settings.speed, clock, settings.longest_gap_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        seller.start()
        yield
        seller.stop()

    app = FastAPI(title="Lightspeed Retail simulator", lifespan=lifespan)
    app.include_router(control.router(store, settings, clock, seller=seller, box=box, oauths=(oauth, x_oauth)))
    app.include_router(r_series.router(store, settings, oauth))
    app.include_router(x_series.router(store, settings, x_oauth))
    app.add_middleware(Gate, settings=settings, oauth=oauth, x_oauth=x_oauth, clock=clock)
    app.add_middleware(Faults, box=box, clock=clock, mutate=_voiding(Till(store, settings, clock)))
    return app
