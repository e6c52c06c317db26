"""Both series' rate limits: R-Series' leaky bucket and burst window, X-Series' five-minute window."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TO_MANY: Final = frozenset(
    {
        "SaleLines",
        "SaleNotes",
        "SalePayments",
        "SaleLines.InventorySales",
        "SalePayments.SaleAccounts",
        "SalePayments.Signatures",
        "TaxCategory.TaxCategoryClasses",
        "ItemShops",
        "Images",
        "CustomFieldValues",
        "Tags",
        "ItemVendorNums",
    }
)
X_WINDOW: Final = timedelta(seconds=300)


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and the headers that its response carries either way."""

    admitted: bool
    headers: dict[str, str]


def relation_cost(relation: str, is_query: bool) -> float:
    """Drips of one loaded relation: 0.1 to-one, 0.2 to-many; doubled in a list or under a to-many."""
    parent = relation.rpartition(".")[0]
    doubled = is_query or parent in TO_MANY
    return (0.2 if relation in TO_MANY else 0.1) * (2 if doubled else 1)


def request_cost(query: Mapping[str, str], relations: list[str], is_query: bool) -> float:
    """Drips of one R-Series GET.

    Args:
        query: Its parameters; ``count`` costs 10, each operand of ``or`` one more.
        relations: The relations it loads.
        is_query: True for a list, False for a single record.
    """
    if query.get("count") == "1":
        return 10.0
    cost = 1.0 + sum(relation_cost(relation, is_query) for relation in relations)
    if "or" in query:
        cost += query["or"].count("|") + 1
    return round(cost, 4)


class LeakyBucket:
    """R-Series: ``90 + 10(n-1)`` drips for n registers, leaking ``1 + 0.5(n-1)`` a second; a burst window.

    A request passes while the level is below the size, and then adds its cost, so the first one over still
    passes. The size of the burst window is not documented: the sample shows 20 at a bucket of 90.
    """

    def __init__(self, registers: int, clock: Callable[[], datetime]) -> None:
        self.size = 90 + 10 * (registers - 1)
        self.drip = 1 + 0.5 * (registers - 1)
        self.burst_size = math.ceil(self.size * 20 / 90)
        self._clock = clock
        self._lock = threading.Lock()
        self._level = 0.0
        self._leaked_at = clock()
        self._burst_second = 0
        self._burst = 0

    def admit(self, cost: float) -> Verdict:
        """Decide on one request; a refused one costs nothing but counts in the burst window."""
        with self._lock:
            now = self._clock()
            elapsed = max(0.0, (now - self._leaked_at).total_seconds())
            self._level = max(0.0, self._level - elapsed * self.drip)
            self._leaked_at = now
            second = int(now.timestamp())
            self._burst = self._burst + 1 if second == self._burst_second else 1
            self._burst_second = second
            if self._burst > self.burst_size:
                return Verdict(False, {**self._headers(cost), **_refusal("api-burst-limiter", 1)})
            if self._level >= self.size:
                wait = math.floor((self._level - self.size) / self.drip) + 1
                return Verdict(False, {**self._headers(cost), **_refusal("api-leaky-bucket", wait)})
            self._level += cost
            return Verdict(True, self._headers(cost))

    def _headers(self, cost: float) -> dict[str, str]:
        return {
            "X-LS-API-Bucket-Level": f"{round(self._level, 2):g}/{self.size}",
            "X-LS-API-Burst-Level": f"{self._burst}/{self.burst_size}",
            "X-LS-API-Drip-Rate": f"{self.drip:g}",
            "X-LS-Api-Request-Cost": f"{cost:g}",
        }


def _refusal(kind: str, seconds: int) -> dict[str, str]:
    return {"X-LS-API-RateLimit-Type": kind, "Retry-After": str(seconds)}


class FiveMinuteWindow:
    """X-Series: ``300n + 50`` requests for n registers in each fixed window of 300 s."""

    def __init__(self, registers: int, clock: Callable[[], datetime]) -> None:
        self.limit = 300 * registers + 50
        self._clock = clock
        self._lock = threading.Lock()
        self._started = clock()
        self._used = 0

    def admit(self) -> Verdict:
        """Count one request; ``Retry-After`` of a refusal is the HTTP-date of the window's end."""
        with self._lock:
            now = self._clock()
            if now - self._started >= X_WINDOW:
                self._started, self._used = now, 0
            admitted = self._used < self.limit
            self._used += admitted
            headers = {
                "x-ratelimit-limit": str(self.limit),
                "x-ratelimit-remaining": str(self.limit - self._used),
            }
            if not admitted:
                end = (self._started + X_WINDOW + timedelta(seconds=1)).replace(microsecond=0)
                headers["Retry-After"] = format_datetime(end, usegmt=True)
            return Verdict(admitted, headers)


R_TOO_MANY: Final = msgspec.json.encode(
    {
        "httpCode": "429",
        "httpMessage": "Too Many Requests",
        "message": "Rate limit exceeded. Retry after the time in the Retry-After header.",
        "errorClass": "RateLimitException",
    }
)
X_TOO_MANY: Final = msgspec.json.encode({"error": "Too Many Requests", "message": "Rate limiting enforced"})
