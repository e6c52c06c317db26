"""The three sources on the sandbox's services, run as the DAG runs them, with kills between side effects."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import uvicorn
from google.cloud import storage
from requests.adapters import HTTPAdapter

from include.engagement import tasks
from include.landing import tasks as landing
from sandbox.engagement.behaviour import Mail, Mention, Visit
from sandbox.engagement.dropper import SECRET, Dropper, signature, webhook
from sandbox.engagement.ga4 import Export, events
from sandbox.engagement.gmail import Gmail
from sandbox.engagement.mailbox import Mailbox, message_of

HELLO, ORDERS = "hello@shop.example", "orders@shop.example"
EXTRACTS: dict[str, Callable[[str, int, bool], list[dict[str, Any]]]] = {
    "email": tasks.extract_email,
    "content": tasks.extract_content,
    "social": tasks.extract_social,
}
TABLES = {"email": "email_events", "content": "content_events", "social": "social_events"}
CONTENT_IDS = (
    "SELECT CONCAT(event_name, ' ', user_pseudo_id, ' ', CAST(UNIX_SECONDS(event_at) AS STRING)) AS id"
    " FROM `@@content_events`"
)
ATTEMPTS = 3
MUTATIONS = {"POST", "PUT", "PATCH", "DELETE"}


class Killed(BaseException):
    """The worker's process is gone: nothing of it runs any more."""


@dataclasses.dataclass
class Kills:
    """Counts the requests that change something, and ends the worker at one of them.

    Attributes:
        at: number of the request, from 1; 0: at none.
        after: whether the request still has its effect.
        seen: the requests so far.
    """

    at: int = 0
    after: bool = False
    seen: list[str] = dataclasses.field(default_factory=list)

    @contextmanager
    def installed(self) -> Generator[Kills]:
        """Look at every request within."""
        send = HTTPAdapter.send
        lock = threading.Lock()

        def watched(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            with lock:
                if request.method in MUTATIONS:
                    self.seen.append(f"{request.method} {request.url}")
                due = request.method in MUTATIONS and len(self.seen) == self.at
            if due and not self.after:
                raise Killed
            answer = send(adapter, request, **options)
            if due:
                raise Killed
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HTTPAdapter, "send", watched)
            yield self


class Engagement:
    """Sources, landing and dataset of one test.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`, with all tables.
        files: Cloud Storage client.
        gmail: the mailboxes.
        landing_bucket: name of the bucket that is landed in.
    """

    def __init__(self, client: Any, dataset: str, files: storage.Client, gmail: Gmail, landing_bucket: str) -> None:
        self.client, self.dataset, self.files, self.gmail = client, dataset, files, gmail
        self.landing_bucket = landing_bucket
        self.export = Export(client, files, f"{landing_bucket}-export", landing_bucket.replace("-", "_"))
        self.dropper = Dropper(files, f"{landing_bucket}-drops")
        self.now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self.visits: dict[dt.date, list[Visit]] = {}
        self.forged: set[str] = set()
        self._numbers: Iterator[int] = iter(range(1, 1_000_000))

    def write(self, sender: str, to: str, minutes: float = 0, thread: int = 0, mailbox: str = HELLO) -> str:
        """A message comes in, dated so many minutes from now; returns its id."""
        number = next(self._numbers)
        at = self.now + dt.timedelta(minutes=minutes)
        message = message_of(Mail(number, thread or number, at, sender, to, mailbox))
        self.gmail.mailboxes[mailbox].add(message)
        return message["id"]

    def visit(self, days_ago: int = 0, intraday: bool = False) -> None:
        """Somebody comes to the web site, and GA4 exports that day again."""
        number = next(self._numbers)
        at = self.now.replace(hour=9, minute=0) - dt.timedelta(days=days_ago)
        self.visits.setdefault(at.date(), []).append(Visit(number, at, f"{number}.1", number % 2, "tea"))
        self.export_day(at.date(), intraday)

    def export_day(self, day: dt.date, intraday: bool = False, copies: int = 1) -> None:
        """Write a day's table anew."""
        rows = [row for visit in self.visits.get(day, []) for row in events(visit, str)]
        self.export.put(day, rows * copies, intraday)

    def comment(self, name: str = "", signed: str | None = "") -> str:
        """A webhook with one comment is dropped; returns the comment's id."""
        number = next(self._numbers)
        body = json.dumps(webhook([Mention(number, self.now, "instagram", "comments", "77")], "instagram")).encode()
        self.dropper.drop(f"meta/{name or number}.json", body, signature(body) if signed == "" else signed)
        self.forged |= {f"c_{number}"} if signed else set()
        return f"c_{number}"

    def run(self, source: str, kills: Kills | None = None, again: bool = False) -> list[dict[str, Any]]:
        """One run of a source's task group, each task tried up to three times; returns its batches.

        Raises:
            Exception: a task failed for good.
        """
        run_id = f"run-{os.urandom(4).hex()}"
        with (kills or Kills()).installed():
            batches = _tried(lambda attempt: EXTRACTS[source](run_id, attempt, again))
            if not batches:
                return []
            try:
                _tried(lambda _: landing.load(batches))
                _tried(lambda _: landing.commit(batches))
            finally:
                _tried(lambda _: landing.drop_staging(batches))
        return batches

    def rows(self, statement: str) -> list[Any]:
        """Rows of a query; `@@` stands for the dataset."""
        return list(self.client.query_and_wait(statement.replace("@@", f"{self.dataset}.")))

    def problems(self) -> list[str]:
        """Everything that is not as the sources say: missing or doubled rows, gaps in the ledger, tables left."""
        found = [
            *_compared("email", self._messages(), self.rows("SELECT message_id AS id FROM `@@email_events`")),
            *_compared("content", self._events(), self.rows(CONTENT_IDS)),
            *_compared("social", self._comments(), self.rows("SELECT event_id AS id FROM `@@social_events`")),
        ]
        for row in self.rows(
            "SELECT stream, ARRAY_AGG(batch_number ORDER BY batch_number) AS n FROM `@@ingest_batches` GROUP BY stream"
        ):
            if row["n"] != list(range(1, len(row["n"]) + 1)):
                found.append(f"the ledger's batch numbers of {row['stream']} are {row['n']}")
        names = [table.table_id for table in self.client.list_tables(self.dataset)]
        return found + [f"{name} is left" for name in names if name.startswith("staging_")]

    def _messages(self) -> list[str]:
        return [each["id"] for box in self.gmail.mailboxes.values() for each in box.listed()]

    def _events(self) -> list[str]:
        rows = [row for visits in self.visits.values() for visit in visits for row in events(visit, str)]
        return [f"{r['event_name']} {r['user_pseudo_id']} {r['event_timestamp'] // 1_000_000}" for r in rows]

    def _comments(self) -> list[str]:
        names = [blob.name for blob in self.files.list_blobs(f"{self.landing_bucket}-drops")]
        bodies = [
            json.loads(self.files.bucket(f"{self.landing_bucket}-drops").blob(name).download_as_bytes())
            for name in names
        ]
        told = {change["value"]["id"] for body in bodies for entry in body["entry"] for change in entry["changes"]}
        return sorted(told - self.forged)


def _tried(task: Callable[[int], Any]) -> Any:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return task(attempt)
        except Killed:
            continue
        except Exception:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("The task was killed in every attempt.")


def _compared(source: str, expected: list[str], rows: list[Any]) -> list[str]:
    held, wanted = Counter(row["id"] for row in rows), Counter(expected)
    missing, extra = wanted - held, held - wanted
    return [f"{source}: {each} is missing" for each in missing] + [f"{source}: {each} is too much" for each in extra]


@contextmanager
def served(gmail: Gmail) -> Generator[str]:
    """Gmail over HTTP; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(gmail.app(), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def opened(client: Any, dataset: str, storage_url: str) -> Generator[Engagement]:
    """Empty sources, connected by the variables that a deployment sets."""
    from google.auth.credentials import AnonymousCredentials

    bucket = f"engagement-{os.urandom(4).hex()}"
    files = storage.Client(client.project, AnonymousCredentials(), client_options={"api_endpoint": storage_url})
    files.bucket(bucket).create()
    gmail = Gmail({name: Mailbox(name) for name in (HELLO, ORDERS)}, lambda: dt.datetime.now(dt.UTC))
    with served(gmail) as url, pytest.MonkeyPatch.context() as patch:
        mail = {"is_anonymous": True, "project": client.project, "api_endpoint": url, "mailboxes": [HELLO, ORDERS]}
        meta = {"conn_type": "generic", "password": SECRET, "extra": {"prefix": f"gs://{bucket}-drops/meta/"}}
        patch.setenv("AIRFLOW_CONN_GMAIL_DEFAULT", json.dumps({"conn_type": "google_cloud_platform", "extra": mail}))
        patch.setenv("AIRFLOW_CONN_META_WEBHOOKS_DEFAULT", json.dumps(meta))
        patch.setenv("GA4_DATASET", bucket.replace("-", "_"))
        patch.setenv("BIGQUERY_DATASET", dataset.rpartition(".")[2])
        patch.setenv("LANDING_BUCKET", bucket)
        patch.setattr(tasks, "prepare", lambda *_: None)
        yield Engagement(client, dataset, files, gmail, bucket)
