"""Builds the FastAPI app that Airflow's API server mounts."""

import contextlib
import logging
from collections.abc import AsyncGenerator

from fastapi import Depends, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .audit import AuditLog
from .body_limit import LimitedBody
from .documents import DESCRIPTION, TITLE, VERSION
from .pages import router as pages_router
from .problems import add_handlers
from .reader import ProfileReader
from .routes import router
from .security import require_reader
from .settings import ApiSettings

log = logging.getLogger(__name__)


class PrivateResponses:
    """ASGI middleware: profiles are personal data, so no cache keeps a response and no browser sniffs it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to the response of an HTTP request; anything else passes unchanged."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self.app(scope, receive, send_with_headers)


def create_app(reader: ProfileReader | None = None, audit: AuditLog | None = None) -> FastAPI:
    """The guarded app: the API below `/v1`, the pages below `/pages`.

    Args:
        reader: where profiles are read; by default the view that the environment names (`ApiSettings`).
        audit: who learns of every read of a person; by default Airflow's audit log.
    """
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        dependencies=[Depends(require_reader)],
        lifespan=_warm_up,
        # FastAPI's own routes for these would stand outside the guard: the router has guarded ones.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.reader = reader or ProfileReader(ApiSettings.from_environment())
    app.state.audit = audit or AuditLog()
    app.add_middleware(LimitedBody)
    app.add_middleware(PrivateResponses)
    add_handlers(app)
    app.include_router(router)
    app.include_router(pages_router)
    return app


@contextlib.asynccontextmanager
async def _warm_up(app: FastAPI) -> AsyncGenerator[None]:
    """Import the Google provider before the first caller comes: it takes two seconds.

    Not in a thread: an import that meets another one half done fails with a deadlock of module locks.
    """
    try:
        app.state.reader.warehouse.warm_up()
    except ImportError:
        log.exception("The Google provider cannot be imported: no profile can be served.")
    yield
