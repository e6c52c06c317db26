"""Objections of customers to being contacted or profiled: recorded, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.landing.tasks import utc_now
from include.settings import Settings

if TYPE_CHECKING:
    import datetime as dt

    from include.models.queries import Dataset

PURPOSES = ("contact", "profiling")


def record(customer_id: str, purpose: str, is_withdrawn: bool) -> None:
    """Record an objection, or withdraw it; one to profiling takes the predictions that are published back.

    Args:
        customer_id: Lightspeed's id.
        purpose: one of `PURPOSES`.
        is_withdrawn: the customer objects no more.
    """
    from include.models.queries import Dataset
    from include.warehouse.client import bigquery_client, dataset_name
    from include.warehouse.tables import ensure

    settings = Settings.from_environment()
    client = bigquery_client(settings)
    name = dataset_name(client, settings)
    ensure(client, name, settings.location)
    write(Dataset(client, name), customer_id, purpose, is_withdrawn, utc_now())


def write(dataset: Dataset, customer_id: str, purpose: str, is_withdrawn: bool, now: dt.datetime) -> None:
    """The same on a dataset; again, it changes nothing but the time."""
    dataset.execute(
        "customer_objections/record.sql",
        customer_id=customer_id,
        purpose=purpose,
        is_withdrawn=is_withdrawn,
        recorded_at=now,
    )
