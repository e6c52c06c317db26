"""One worker as a process of its own: reads a page with the token pair in Secret Manager, or dies on its way.

Usage: ``python -m tests.lightspeed.token_worker SERIES SHOP_URL SECRETS_URL SECRET START [die]``; it begins at START
(seconds since the epoch), so that several begin together. With ``die`` it kills itself between refresh and save.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

from include.lightspeed.errors import LightspeedError
from include.lightspeed.http import Transport
from include.lightspeed.oauth import RefreshingToken, TokenPair
from include.lightspeed.rate_limit import LeakyBucketPacer, WindowPacer
from include.lightspeed.secret_manager import SecretManagerTokenStore

PATHS = {
    "r_series": ("/auth/oauth/token", "/API/V3/Account/100001/Sale.json?limit=1"),
    "x_series": ("/api/1.0/token", "/api/2.0/sales?after=0&page_size=1"),
}


class DyingStore(SecretManagerTokenStore):
    """Killed at the worst moment: the new pair is issued, and not yet stored."""

    def save(self, pair: TokenPair) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def now() -> datetime:
    return datetime.now(UTC)


def nap(seconds: float) -> None:
    """Wait as long as asked, but not so long that a test takes a minute."""
    time.sleep(min(seconds, 0.2))


def main(series: str, shop: str, secrets: str, secret: str, start: str, *how: str) -> None:
    token_path, target = PATHS[series]
    kind = DyingStore if "die" in how else SecretManagerTokenStore
    store = kind(secret, lambda: {"Authorization": "Bearer google"}, clock=now, sleep=nap, base_url=secrets)
    token = RefreshingToken(
        store,
        shop + token_path,
        "sandbox-client",
        "sandbox-client-secret",
        clock=now,
        sleep=nap,
        ahead=timedelta(hours=6) if series == "x_series" else timedelta(seconds=60),
    )
    pacer = LeakyBucketPacer() if series == "r_series" else WindowPacer()
    transport = Transport(shop, token, pacer, clock=now, sleep=nap)
    time.sleep(max(0.0, float(start) - time.time()))
    try:
        print(f"read {len(transport.get(target))} bytes")
    except LightspeedError as error:
        print(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
