"""What the tasks of `reconcile_sales` do, wired to this deployment's clients.

Heavy modules are imported when a task runs, never when the DAG file is parsed.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from include.landing import tasks as landing
from include.landing.batch import Batch
from include.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.lightspeed.client import LightspeedClient
    from include.reconciliation.warehouse import ReconciliationTables

log = logging.getLogger(__name__)

SHARE = 0.5
"""Of R-Series' bucket, what these requests may fill: the rest is left to new sales."""

MAX_DAYS = 92
"""Days that one run compares when it is told which."""

Checks = list[dict[str, Any]]


def compare(first_day: dt.date | None, last_day: dt.date | None) -> Checks | None:
    """Compare the days that are due, or those of a span; None while the shop's history is being loaded.

    Args:
        first_day: first day of the span; None: the days that are due.
        last_day: last day of the span; None: today.
    """
    from include.landing import ledger
    from include.reconciliation.compare import check_day
    from include.reconciliation.days import due
    from include.warehouse.client import storage_hook

    settings = Settings.from_environment()
    shop, warehouse, dataset = _clients(settings)
    now = landing.utc_now()
    landing.prepare(warehouse, storage_hook(settings), dataset, settings)
    if not ledger.position(warehouse, dataset, "sales", shop.series, now).reached_end:
        return None
    tables, grace = _tables(warehouse, dataset, shop), dt.timedelta(seconds=settings.reconcile_grace_seconds)
    days = span(first_day, last_day or now.date()) or due(
        now.date(), tables.first_day(), tables.looks(), settings.reconcile_recent_days, settings.reconcile_within_days
    )
    checks = [check_day(shop, day, tables.held(day), landing.utc_now(), grace) for day in days]
    for check in checks:
        log.info("%s: %d sales differ; %s, %s", check.day, check.differing, check.source, check.warehouse)
    return [check.to_xcom() for check in checks]


def span(first_day: dt.date | None, last_day: dt.date) -> list[dt.date]:
    """Every day from the first to the last; none without a first.

    Raises:
        ValueError: the first day comes after the last, or there are more than `MAX_DAYS`.
    """
    if first_day is None:
        return []
    if first_day > last_day:
        raise ValueError(f"first_day {first_day} comes after last_day {last_day}: exchange them.")
    if (last_day - first_day).days >= MAX_DAYS:
        raise ValueError(f"{first_day} to {last_day} is more than {MAX_DAYS} days: compare them in several runs.")
    return [first_day + dt.timedelta(days=at) for at in range((last_day - first_day).days + 1)]


def reread(checks: Checks, dag_run_id: str, attempt: int) -> list[dict[str, Any]]:
    """Land the days that differ as one batch of `sales_reread`; returns the batch in a list, or none.

    Args:
        checks: what `compare` returned.
        dag_run_id: the run.
        attempt: which try of the task this is, from 1.
    """
    import dataclasses
    import math

    from include.forgetting import people
    from include.landing import ledger
    from include.landing.extract import Extractor
    from include.reconciliation.compare import DayCheck, differs
    from include.reconciliation.reread import STREAM, Rereading
    from include.warehouse.client import storage_hook

    found = differs(map(DayCheck.from_xcom, checks))
    if not found:
        return []
    settings = Settings.from_environment()
    shop, warehouse, dataset = _clients(settings)
    rereading = Rereading(
        shop, _tables(warehouse, dataset, shop).known_versions, landing.utc_now, settings.reconcile_max_sales
    )
    position = ledger.position(warehouse, dataset, STREAM, shop.series, landing.utc_now())
    # Sales that were lost and are found here are live ones: how late they are is part of the shop's freshness.
    after = dataclasses.replace(position, reached_end=True)
    forgotten = people.read(warehouse, dataset, settings.forget_key)
    extractor = Extractor(shop, storage_hook(settings), settings, dag_run_id, attempt, landing.utc_now, forgotten)
    batch = extractor.land(STREAM, rereading.pages(found), after, math.inf)
    return [batch.to_xcom()] if batch else []


def record(checks: Checks, batches: list[dict[str, Any]], dag_run_id: str, may_reread: bool) -> str | None:
    """Compare the days that were read again once more and write each day's row.

    Args:
        checks: what `compare` returned.
        batches: what `reread` returned.
        dag_run_id: the run.
        may_reread: whether the run was allowed to read days again.

    Returns:
        A sentence for an alert about what remains different, None when nothing does.
    """
    from include.reconciliation.compare import DayCheck, check_day
    from include.reconciliation.reread import reread_days

    settings = Settings.from_environment()
    shop, warehouse, dataset = _clients(settings)
    tables, grace = _tables(warehouse, dataset, shop), dt.timedelta(seconds=settings.reconcile_grace_seconds)
    batch = Batch.from_xcom(batches[0]) if batches else None
    again = reread_days(batch) if batch else set()
    remaining: list[DayCheck] = []
    for check in map(DayCheck.from_xcom, checks):
        is_reread = batch is not None and check.day in again and check.differing > 0
        after = check_day(shop, check.day, tables.held(check.day), landing.utc_now(), grace) if is_reread else None
        action = "reread" if is_reread else _action(check, may_reread)
        tables.record(dag_run_id, check, action, batch.batch_id if batch and is_reread else None, after)
        remaining += [end for end in [after or check] if end.differing]
    return sentence(remaining)


def sentence(remaining: list[Any]) -> str | None:
    """What an alert says of the days that still differ; None when there is none."""
    if not remaining:
        return None
    first = min(remaining, key=lambda check: check.day)
    sales, amount = sum(check.differing for check in remaining), first.source.amount - first.warehouse.amount
    return (
        f"{sales} sales of {len(remaining)} days differ between Lightspeed and BigQuery after reconciliation, the "
        f"first day is {first.day} (amount {amount.normalize():+f}; sales {', '.join(first.examples[:3])}): see "
        "reconciliation_status, then the days' rows in reconciliation_runs."
    )


def alert_remaining(text: str | None) -> None:
    """Raise an alert about what remains different, if anything does."""
    from include.alerts import Kind, alert

    if text:
        alert(text, Settings.from_environment().alert_conn_id, kind=Kind.RECONCILIATION)


def _action(check: Any, may_reread: bool) -> str:
    if not check.differing:
        return "none"
    return "deferred" if may_reread else "reported"


def _clients(settings: Settings) -> tuple[LightspeedClient, bigquery.Client, str]:
    from include.warehouse.client import bigquery_client, dataset_name

    warehouse = bigquery_client(settings)
    return landing.lightspeed(settings, share=SHARE), warehouse, dataset_name(warehouse, settings)


def _tables(warehouse: bigquery.Client, dataset: str, shop: LightspeedClient) -> ReconciliationTables:
    from include.reconciliation.warehouse import ReconciliationTables

    return ReconciliationTables(warehouse, dataset, shop.series)
