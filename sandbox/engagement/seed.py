"""Fills the GA4 export and the webhooks' prefix of a demo, and says how Airflow reaches all three sources."""

from __future__ import annotations

import datetime as dt
import json

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from sandbox.engagement import behaviour, ga4
from sandbox.engagement.dropper import SECRET, Dropper
from sandbox.lightspeed.dataset import complete_journey
from sandbox.lightspeed.records import uuid_of
from sandbox.stack import PROJECT, Stack

WEBHOOKS = "meta-webhooks"
EXPORTS = "ga4-export"


def variables(stack: Stack) -> dict[str, str]:
    """Environment variables with which the three sources are connected."""
    gmail = {
        "is_anonymous": True,
        "project": PROJECT,
        "api_endpoint": stack.gmail_url,
        "mailboxes": ",".join(behaviour.MAILBOXES),
    }
    meta = {"conn_type": "generic", "password": SECRET, "extra": {"prefix": f"gs://{WEBHOOKS}/meta/"}}
    return {
        "AIRFLOW_CONN_GMAIL_DEFAULT": json.dumps({"conn_type": "google_cloud_platform", "extra": gmail}),
        "AIRFLOW_CONN_META_WEBHOOKS_DEFAULT": json.dumps(meta),
        "GA4_DATASET": ga4.DATASET,
    }


def user_id_of(customer_id: int, series: str) -> str:
    """What the web site knows a signed-in customer by: Lightspeed's id of the customer in the shop's series."""
    return str(customer_id) if series.startswith("r_series") else uuid_of("customer", customer_id)


def fill(stack: Stack, series: str, days: int, now: dt.datetime) -> dict[str, int]:
    """Write the export's tables and the webhooks of so many days; returns how many of each.

    Args:
        stack: BigQuery and Cloud Storage, running.
        series: API series of the shop: decides the customers' ids.
        days: days before `now`.
        now: aware; today's table is the unfinished one.
    """
    credentials = AnonymousCredentials()
    client = bigquery.Client(PROJECT, credentials, client_options={"api_endpoint": stack.bigquery_url})
    files = storage.Client(PROJECT, credentials, client_options={"api_endpoint": stack.storage_url})
    bought = behaviour.purchases(complete_journey(), now, days)
    dates = [now.date() - dt.timedelta(days=back) for back in range(days, -1, -1)]
    rows = (
        event
        for visit in behaviour.visits(bought, dates)
        for event in ga4.events(visit, lambda customer: user_id_of(customer, series))
    )
    export, tables = ga4.Export(client, files, EXPORTS), ga4.by_day(rows, now)
    for day in dates:
        export.put(day, tables.get(day, []), intraday=day == now.date())
    dropped = Dropper(files, WEBHOOKS).drop_days(behaviour.mentions(bought), now)
    return {"export_tables": len(dates), "webhooks": dropped}
