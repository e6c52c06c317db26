"""What a customer is known by: the customers' table, the raw records of earlier days, and other sources."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from include.forgetting.case import IDENTITY_KINDS, MIN_SEARCHED, Case, Known
from include.forgetting.columns import Identity
from include.landing import unpack
from include.lightspeed.raw_pages import records_of
from include.lightspeed.redaction import customer_of, series_of
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.forgetting.objects import Store

RAW = "lightspeed/customers/"
IDENTITIES = "customer_identities"
"""Table of what other sources know customers by; there once they are connected."""

_PHONES = {"number", "mobile", "phone", "fax"}
_FIRST, _LAST = ("firstName", "first_name"), ("lastName", "last_name")
_ANONYMOUS = re.compile(r"Customer \[\d+\]")
"""What R-Series calls everybody whom it has anonymised."""
_ADDRESS = re.compile(r"\S+@\S+")

Found = set[tuple[str, str]]


def collect(
    client: bigquery.Client, dataset: str, store: Store, source: str, customer_id: str, reason: str, now: dt.datetime
) -> Case:
    """Everything that the customer is known by, in a new request.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`.
        store: the landing bucket.
        source: `r_series` or `x_series`.
        customer_id: Lightspeed's id.
        reason: why they are forgotten.
        now: the present time, UTC.
    """
    found = set(_from_table(client, dataset, customer_id)) | set(_from_objects(store, source, customer_id))
    found |= set(_from_other_sources(client, dataset, customer_id))
    values = [value for _, value in found]
    shared = {row["value"] for row in _rows(client, "shared", dataset, customer_id, values=sorted(set(values)))}
    known: Known = {}
    for kind, value in sorted(found):
        if value not in shared:
            known.setdefault(kind, []).append(value)
    return Case(source, customer_id, reason, now, known, len(shared), [])


def of_record(record: Any) -> Iterator[tuple[str, str]]:
    """(kind, value) of every address, number and name in a raw record of a customer."""
    for key, value in _leaves(record):
        if _ADDRESS.fullmatch(value):
            yield Identity.EMAIL.value, _lower(value)
        elif key in _PHONES and len(value) >= MIN_SEARCHED:
            yield Identity.PHONE.value, _lower(value)
    names = [next((str(record[key]) for key in keys if record.get(key)), "") for keys in (_FIRST, _LAST)]
    yield from _name(*names)


def _from_table(client: bigquery.Client, dataset: str, customer_id: str) -> Iterator[tuple[str, str]]:
    for row in _rows(client, "customer", dataset, customer_id):
        given = ((Identity.EMAIL, row["email"]), (Identity.PHONE, row["phone"]))
        yield from ((kind.value, _lower(value)) for kind, value in given if value)
        yield from _name(row["first_name"] or "", row["last_name"] or "")


def _from_objects(store: Store, source: str, customer_id: str) -> Iterator[tuple[str, str]]:
    for name in store.names(RAW):
        content = store.read(name) if name.endswith(".jsonl.gz") else None
        for page in unpack.lines(content, name) if content else ():
            if customer_id.encode() in page and series_of(page) == source:
                for record in records_of(page, source, "customers"):
                    if customer_of(msgspec.Raw(record), source, "customers") == customer_id:
                        yield from of_record(json.loads(bytes(record)))


def _from_other_sources(client: bigquery.Client, dataset: str, customer_id: str) -> Iterator[tuple[str, str]]:
    if IDENTITIES not in {table.table_id for table in client.list_tables(dataset)}:
        return
    for row in _rows(client, "identities", dataset, customer_id, held_identities=f"{dataset}.{IDENTITIES}"):
        kind = IDENTITY_KINDS.get(row["identity_kind"], Identity.ANY)
        yield kind.value, _lower(row["identity"])


def _name(first: str, last: str) -> Iterator[tuple[str, str]]:
    if first and last and not _ANONYMOUS.fullmatch(f"{first} {last}"):
        yield Identity.NAME.value, _lower(f"{first.strip()} {last.strip()}")


def _lower(text: str) -> str:
    return text.strip().lower()


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, key)
    elif isinstance(value, str):
        yield key, value


def _rows(
    client: bigquery.Client,
    file: str,
    dataset: str,
    customer_id: str,
    values: list[str] | None = None,
    **held: str,
) -> list[Any]:
    from google.cloud import bigquery

    bound: dict[str, tuple[str, Any]] = {"customer_id": ("STRING", customer_id)}
    if values is not None:
        bound |= {"values": ("ARRAY<STRING>", values)}
    config = bigquery.QueryJobConfig(query_parameters=parameters(bound), labels={"dag": "forget_customer"})
    return list(client.query_and_wait(render(f"forgetting/{file}.sql", dataset=dataset, **held), job_config=config))
