"""A GA4 export in the local BigQuery: one table a day, and one for the unfinished day."""

from __future__ import annotations

import datetime as dt
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud import bigquery, storage

from sandbox.engagement.behaviour import CHANNELS, SITE, Visit
from sandbox.lightspeed.people import mix

DATASET: Final = "analytics_100000001"

_VALUE: Final = pa.struct(
    [
        ("string_value", pa.string()),
        ("int_value", pa.int64()),
        ("float_value", pa.float64()),
        ("double_value", pa.float64()),
    ]
)
SCHEMA: Final = pa.schema(
    [
        ("event_date", pa.string()),
        ("event_timestamp", pa.int64()),
        ("event_name", pa.string()),
        ("event_params", pa.list_(pa.struct([("key", pa.string()), ("value", _VALUE)]))),
        ("event_bundle_sequence_id", pa.int64()),
        ("user_id", pa.string()),
        ("user_pseudo_id", pa.string()),
        ("traffic_source", pa.struct([("name", pa.string()), ("medium", pa.string()), ("source", pa.string())])),
    ]
)
"""The columns of an export that every age of it has, as far as anything is in them here."""


def events(visit: Visit, user_id_of: Callable[[int], str]) -> Iterator[dict[str, Any]]:
    """Events of a session: its start, some pages, and the time that the last one was looked at.

    Args:
        visit: the session.
        user_id_of: what the site sets as the id of a signed-in customer.
    """
    source, medium = CHANNELS[mix(visit.number, 71) % len(CHANNELS)]
    steps = ["session_start", *["page_view"] * (1 + mix(visit.number, 72) % 4), "user_engagement"]
    for place, name in enumerate(steps):
        page = f"{SITE}/{visit.category}/page-{mix(visit.number, 73 + place) % 50}"
        at = visit.at + dt.timedelta(seconds=20 * place)
        msec = 1000 * (5 + mix(visit.number, 80 + place) % 120) if name == "user_engagement" else None
        yield {
            "event_date": f"{at:%Y%m%d}",
            "event_timestamp": int(at.timestamp() * 1_000_000),
            "event_name": name,
            "event_params": [
                _param("ga_session_id", int_value=int(visit.at.timestamp())),
                _param("page_location", string_value=f"{page}?utm_source={source}&token=secret-of-{visit.number}"),
                *([_param("engagement_time_msec", int_value=msec)] if msec else []),
                *([_param("source", string_value=source), _param("medium", string_value=medium)] if place else []),
            ],
            "event_bundle_sequence_id": place,
            "user_id": user_id_of(visit.customer_id) if visit.customer_id else None,
            "user_pseudo_id": visit.device,
            "traffic_source": {"name": "(direct)", "medium": "(none)", "source": "(direct)"},
        }


def _param(key: str, **value: Any) -> dict[str, Any]:
    return {"key": key, "value": {field.name: value.get(field.name) for field in _VALUE}}


class Export:
    """Writes the export's tables.

    Args:
        client: BigQuery.
        files: Cloud Storage, through which they are loaded.
        bucket: a bucket for that.
        dataset: name of the export's dataset.
    """

    def __init__(self, client: bigquery.Client, files: storage.Client, bucket: str, dataset: str = DATASET) -> None:
        self._client, self._bucket, self._dataset = client, files.bucket(bucket), f"{client.project}.{dataset}"
        if not self._bucket.exists():
            self._bucket.create()
        client.create_dataset(self._dataset, exists_ok=True)

    def put(self, day: dt.date, rows: list[dict[str, Any]], intraday: bool = False) -> None:
        """Write a day's table whole; the finished day takes the unfinished one away."""
        name = f"events_{'intraday_' if intraday else ''}{day:%Y%m%d}"
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), sink)
        blob = self._bucket.blob(f"{self._dataset}/{name}.parquet")
        blob.upload_from_string(sink.getvalue())
        config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_TRUNCATE")
        config.parquet_options = bigquery.ParquetOptions()
        config.parquet_options.enable_list_inference = True
        uri = f"gs://{self._bucket.name}/{blob.name}"
        self._client.load_table_from_uri(uri, f"{self._dataset}.{name}", job_config=config).result()
        # The local BigQuery knows when a table was changed only if it was told so.
        table = self._client.get_table(f"{self._dataset}.{name}")
        table.description = f"{len(rows)} events"
        self._client.update_table(table, ["description"])
        if not intraday:
            self._client.delete_table(f"{self._dataset}.events_intraday_{day:%Y%m%d}", not_found_ok=True)


def by_day(rows: Iterable[dict[str, Any]], until: dt.datetime) -> dict[dt.date, list[dict[str, Any]]]:
    """Events up to a moment by the day (UTC: the property's zone) of their table."""
    days: dict[dt.date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["event_timestamp"] <= until.timestamp() * 1e6:
            days[dt.datetime.strptime(row["event_date"], "%Y%m%d").replace(tzinfo=dt.UTC).date()].append(row)
    return days
