"""From an Airflow Connection, or the environment alone, to a client."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from include.lightspeed import addresses
from include.lightspeed.client import LightspeedClient
from include.lightspeed.errors import ConfigurationError
from include.lightspeed.http import Clock, Sleep, StaticToken, Transport
from include.lightspeed.oauth import LEEWAY, RefreshingToken
from include.lightspeed.r_series import RSeriesClient
from include.lightspeed.rate_limit import LeakyBucketPacer, WindowPacer
from include.lightspeed.secret_manager import SecretManagerTokenStore, default_google_headers
from include.lightspeed.secret_rest import DEFAULT_URL, Headers
from include.lightspeed.x_series import DEFAULT_API_VERSION, DEFAULT_PAGE_SIZE, XSeriesClient

if TYPE_CHECKING:
    from airflow.sdk import Connection

R_SERIES_URL = "https://api.lightspeedapp.com"
R_SERIES_TOKEN_URL = "https://cloud.lightspeedapp.com/auth/oauth/token"  # noqa: S105
X_SERIES_TOKEN_PATH = "/api/1.0/token"  # noqa: S105
BASE_URL = "The Lightspeed base URL"
X_SERIES_AHEAD = timedelta(hours=6)
"""X-Series tokens live for a day: a pair that was lost on its way is noticed hours before sales stop."""


@dataclass(frozen=True)
class _Runtime:
    clock: Clock
    sleep: Sleep
    rng: random.Random


@dataclass(frozen=True)
class _Vault:
    """Secret Manager: its address, and what signs a request to it."""

    url: str
    headers: Headers | None


def client_from_connection(
    conn: Connection | None,
    environ: Mapping[str, str],
    *,
    clock: Clock,
    sleep: Sleep,
    google_headers: Headers | None = None,
    rng: random.Random | None = None,
    share: float = 1.0,
) -> LightspeedClient:
    """Return the client of the shop that the connection describes.

    X-Series: host is the base URL, password the personal token; extra may have ``api_version`` (``2.0``, the
    default, or ``2026-07``) and ``page_size``. With ``token_secret`` in extra the shop is connected by OAuth:
    login and password are then the OAuth client's. Without a connection, ``LIGHTSPEED_TOKEN`` with
    ``LIGHTSPEED_BASE_URL`` or ``LIGHTSPEED_DOMAIN_PREFIX`` will do.
    R-Series: login and password are the OAuth client's, extra has ``series`` (``r_series``), ``account_id`` and
    ``token_secret`` (``projects/P/secrets/NAME``: where the token pair is kept).
    Both: extra may have ``overlap_seconds``, ``sweep_seconds`` and, with OAuth, ``token_url``.
    ``SECRET_MANAGER_URL`` in the environment replaces Secret Manager's address. All addresses are https, but for
    those of this very machine.

    Args:
        conn: the Airflow Connection, or None.
        environ: the process environment.
        clock: returns the time, aware.
        sleep: waits so many seconds.
        google_headers: returns headers with a Google access token, for Secret Manager; by default those of
            the environment's own credentials.
        rng: source of the back-off's jitter; unseeded by default, so that workers do not wait in step.
        share: how full R-Series' bucket may become by this client's requests; less than 1 leaves room to others.

    Raises:
        ConfigurationError: something is missing or impossible; the sentence says what.
    """
    runtime = _Runtime(clock, sleep, rng or random.Random())
    if conn is None:
        return _from_environment(environ, runtime)
    store_url = addresses.base_url(environ.get("SECRET_MANAGER_URL") or DEFAULT_URL, "SECRET_MANAGER_URL")
    vault = _Vault(store_url, google_headers)
    series = conn.extra_dejson.get("series", "x_series")
    if series == "x_series":
        return _x_series(conn, vault, runtime)
    if series == "r_series":
        return _r_series(conn, vault, runtime, share)
    raise ConfigurationError(f"The Lightspeed connection's series is {series!r}: make it r_series or x_series.")


def _x_series(conn: Connection, vault: _Vault, runtime: _Runtime) -> LightspeedClient:
    extra: dict[str, Any] = conn.extra_dejson
    if extra.get("token_secret"):
        url = _base_url(conn, None)
        authorization = _oauth(conn, vault, url + X_SERIES_TOKEN_PATH, runtime, X_SERIES_AHEAD)
    else:
        authorization = StaticToken(_needed(conn.password, "password (the personal token)"))
        url = _base_url(conn, None)
    return XSeriesClient(
        Transport(url, authorization, WindowPacer(), **vars(runtime)),
        clock=runtime.clock,
        page_size=_integer(extra, "page_size", DEFAULT_PAGE_SIZE),
        api_version=str(extra.get("api_version") or DEFAULT_API_VERSION),
        **_windows(extra, sweep_seconds=15),
    )


def _r_series(conn: Connection, vault: _Vault, runtime: _Runtime, share: float) -> LightspeedClient:
    extra: dict[str, Any] = conn.extra_dejson
    account = _needed(str(extra.get("account_id") or ""), "extra account_id")
    if not account.isdigit():
        raise ConfigurationError("The Lightspeed connection's extra account_id is not a number: correct it.")
    authorization = _oauth(conn, vault, R_SERIES_TOKEN_URL, runtime)
    transport = Transport(_base_url(conn, R_SERIES_URL), authorization, LeakyBucketPacer(share), **vars(runtime))
    return RSeriesClient(transport, account, clock=runtime.clock, **_windows(extra, sweep_seconds=60))


def _windows(extra: Mapping[str, Any], sweep_seconds: int) -> dict[str, int]:
    return {
        "overlap_seconds": _integer(extra, "overlap_seconds", 60),
        "sweep_seconds": _integer(extra, "sweep_seconds", sweep_seconds),
    }


def _oauth(
    conn: Connection, vault: _Vault, token_url: str, runtime: _Runtime, ahead: timedelta = LEEWAY
) -> RefreshingToken:
    """Return the token pair that is kept in Secret Manager, and how it is renewed."""
    extra: dict[str, Any] = conn.extra_dejson
    secret = _needed(extra.get("token_secret"), "extra token_secret")
    credentials = (
        _needed(conn.login, "login (the OAuth client id)"),
        _needed(conn.password, "password (the OAuth client secret)"),
    )
    headers = vault.headers or default_google_headers()
    store = SecretManagerTokenStore(secret, headers, clock=runtime.clock, sleep=runtime.sleep, base_url=vault.url)
    url = addresses.endpoint(str(extra.get("token_url") or token_url), "The Lightspeed connection's extra token_url")
    return RefreshingToken(store, url, *credentials, **vars(runtime), ahead=ahead)


def _from_environment(environ: Mapping[str, str], runtime: _Runtime) -> LightspeedClient:
    token, url = environ.get("LIGHTSPEED_TOKEN"), environ.get("LIGHTSPEED_BASE_URL")
    if not token:
        raise ConfigurationError(
            "There is no Lightspeed connection and no LIGHTSPEED_TOKEN: create the one or set the other."
        )
    if not url:
        prefix = environ.get("LIGHTSPEED_DOMAIN_PREFIX", "")
        if not re.fullmatch(r"[A-Za-z0-9-]+", prefix):
            raise ConfigurationError(
                "LIGHTSPEED_TOKEN is set, but not the shop: set LIGHTSPEED_DOMAIN_PREFIX to the first part "
                "of its address, or LIGHTSPEED_BASE_URL to the whole."
            )
        url = f"https://{prefix}.retail.lightspeed.app"
    size = _integer(environ, "LIGHTSPEED_PAGE_SIZE", DEFAULT_PAGE_SIZE)
    transport = Transport(addresses.base_url(url, BASE_URL), StaticToken(token), WindowPacer(), **vars(runtime))
    return XSeriesClient(transport, clock=runtime.clock, page_size=size)


def _base_url(conn: Connection, default: str | None) -> str:
    host = (conn.host or default or "").rstrip("/")
    if not host:
        raise ConfigurationError("The Lightspeed connection has no host: set it to the API's base URL.")
    if "://" not in host:
        host = f"{conn.schema or 'https'}://{host}"
    return addresses.base_url(f"{host}:{conn.port}" if conn.port else host, BASE_URL)


def _needed(value: str | None, what: str) -> str:
    if not value:
        raise ConfigurationError(f"The Lightspeed connection has no {what}: fill it in.")
    return value


def _integer(values: Mapping[str, Any], name: str, default: int) -> int:
    text = str(values.get(name) or default)
    if not text.isdigit() or int(text) == 0:
        raise ConfigurationError(f"{name} is {text!r}: make it a whole number above 0.")
    return int(text)
