"""Looks customers, models and freshness up: from memory where a profile's version allows it, else in BigQuery."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from .cache import VersionedCache
from .cursors import Position
from .faults import NOT_BUILT, RETRY_AFTER_A_RUN, WarehouseUnavailableError
from .mapping import profile_from_row
from .schemas import CustomerProfile
from .settings import ApiSettings
from .warehouse import Row, Warehouse

log = logging.getLogger(__name__)

TIMELINE_DAYS = 730
MODEL_RUNS = 30


@dataclasses.dataclass(frozen=True)
class StoredProfile:
    """A profile as it is sent: its JSON and its entity tag."""

    body: bytes
    etag: str

    @property
    def profile(self) -> CustomerProfile:
        """The profile again."""
        return CustomerProfile.model_validate_json(self.body)


@dataclasses.dataclass(frozen=True)
class Found:
    """What is known of the customers asked for: each id is in exactly one of the three."""

    profiles: dict[str, StoredProfile]
    unknown: list[str]
    forgotten: list[str]


@dataclasses.dataclass(frozen=True)
class Filters:
    """Who is on a list; None lets everybody through."""

    churn_risk_band: str | None = None
    segment: str | None = None
    expected_from: dt.date | None = None
    expected_to: dt.date | None = None
    category: str | None = None
    include_opted_out: bool = False
    """Also those who are not to be contacted."""


class ProfileReader:
    """The API's questions to BigQuery; one instance a process.

    Args:
        settings: how much is kept in memory, and for how long unconfirmed.
        warehouse: runs the statements.
    """

    def __init__(self, settings: ApiSettings, warehouse: Warehouse | None = None) -> None:
        self.warehouse = warehouse or Warehouse(settings)
        self._forget_key = settings.forget_key
        self.cache: VersionedCache[StoredProfile] = VersionedCache(
            settings.cached_profiles, settings.version_check_seconds
        )

    def find(self, customer_ids: Sequence[str]) -> Found:
        """Look customers up; those that are not in memory cost one query together.

        Raises:
            WarehouseUnavailableError: BigQuery cannot answer now.
        """
        self._check_version_beside()
        kept = {customer_id: stored for customer_id in customer_ids if (stored := self.cache.get(customer_id))}
        missing = [customer_id for customer_id in customer_ids if customer_id not in kept]
        read, forgotten = self._read(missing) if missing else ({}, set())
        profiles = kept | read
        return Found(
            profiles={customer_id: profiles[customer_id] for customer_id in customer_ids if customer_id in profiles},
            unknown=[name for name in missing if name not in read and name not in forgotten],
            forgotten=[name for name in missing if name in forgotten],
        )

    def recall(self, customer_id: str) -> StoredProfile | None:
        """A profile that is in memory, None if it is not: never waits for BigQuery."""
        self._check_version_beside()
        return self.cache.get(customer_id)

    def page(self, filters: Filters, after: Position | None, size: int) -> list[Row]:
        """Up to `size` rows of the view that pass the filters, those who spent most first."""
        return self.warehouse.query(
            "list.sql",
            {
                "churn_risk_band": ("STRING", filters.churn_risk_band),
                "segment": ("STRING", filters.segment),
                "expected_from": ("DATE", filters.expected_from),
                "expected_to": ("DATE", filters.expected_to),
                "category": ("STRING", filters.category),
                "include_opted_out": ("BOOL", filters.include_opted_out),
                "forget_key": ("STRING", self._forget_key),
                "after_spent": ("NUMERIC", after.spent if after else None),
                "after_customer_id": ("STRING", after.customer_id if after else None),
                "row_limit": ("INT64", size),
            },
        )

    def model_runs(self) -> list[Row]:
        """The latest training runs, newest first.

        Raises:
            WarehouseUnavailableError: there is none yet, or BigQuery cannot answer now.
        """
        rows = self.warehouse.query("model.sql", {"row_limit": ("INT64", MODEL_RUNS)})
        if not rows:
            raise WarehouseUnavailableError(NOT_BUILT, RETRY_AFTER_A_RUN)
        return rows

    def freshness(self, today: dt.date) -> Row:
        """How soon today's sales became queryable, and what the profiles know."""
        return self.warehouse.query("freshness.sql", {"today": ("DATE", today)})[0]

    def shop(self, today: dt.date) -> Row:
        """What each churn band is worth, and who is due this week."""
        return self.warehouse.query("shop.sql", {"today": ("DATE", today)})[0]

    def timeline(self, customer_id: str, today: dt.date) -> list[Row]:
        """The customer's purchase days of the last two years, newest first."""
        return self.warehouse.query(
            "timeline.sql",
            {
                "customer_id": ("STRING", customer_id),
                "since": ("DATE", today - dt.timedelta(days=TIMELINE_DAYS)),
                "row_limit": ("INT64", TIMELINE_DAYS),
            },
        )

    def check_version(self) -> str:
        """Ask BigQuery for the profiles' version; profiles of another one leave the memory."""
        version = self.warehouse.query("version.sql", {})[0]["profile_version"]
        self.cache.confirm(version)
        return version

    def _read(self, customer_ids: Sequence[str]) -> tuple[dict[str, StoredProfile], set[str]]:
        generation = self.cache.generation
        asked = {"customer_ids": ("ARRAY<STRING>", list(customer_ids)), "forget_key": ("STRING", self._forget_key)}
        rows = self.warehouse.query("customers.sql", asked)
        profiles = {row["asked_id"]: stored_profile(row) for row in rows if _is_profile(row)}
        self.cache.put(profiles, rows[0]["profile_version"], generation)
        return profiles, {row["asked_id"] for row in rows if row["is_forgotten"]}

    def _check_version_beside(self) -> None:
        if len(self.cache) and self.cache.claim_check():
            threading.Thread(target=self._check, name="customer-profiles-version", daemon=True).start()

    def _check(self) -> None:
        try:
            self.check_version()
        except WarehouseUnavailableError as error:
            log.warning("The version of the profiles is unknown: %s", error)
        finally:
            self.cache.end_check()


def stored_profile(row: Row) -> StoredProfile:
    """The profile of a row as it is sent; its entity tag is its day and a digest of all that it says."""
    body = profile_from_row(row).model_dump_json().encode()
    digest = hashlib.sha256(body).hexdigest()[:32]
    return StoredProfile(body, f'"{row["as_of"]}-{digest}"')


def position_of(row: Row) -> Position:
    """Where a list goes on after this row."""
    spent: Any = row["total_spent"]
    return Position(Decimal(0) if spent is None else spent, row["customer_id"])


def _is_profile(row: Row) -> bool:
    return row["customer_id"] is not None and not row["is_forgotten"]
