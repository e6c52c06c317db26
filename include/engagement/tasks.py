"""What the extracting tasks of `engagement_to_bigquery` do, wired to this deployment's clients.

Heavy modules are imported when a task runs, never when the DAG file is parsed. Loading, committing and dropping are
the landing's own tasks.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from include.engagement.errors import ConfigurationError, NotConfigured
from include.landing.tasks import prepare, utc_now
from include.settings import Settings

if TYPE_CHECKING:
    from include.engagement.gmail_api import GmailApi
    from include.landing.batch import Batch

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class _Work:
    """The clients of one extract."""

    settings: Settings
    warehouse: Any
    storage: Any
    dataset: str

    @classmethod
    def connect(cls) -> _Work:
        from include.warehouse.client import bigquery_client, dataset_name, storage_hook

        settings = Settings.from_environment()
        warehouse, storage = bigquery_client(settings), storage_hook(settings)
        work = cls(settings, warehouse, storage, dataset_name(warehouse, settings))
        prepare(warehouse, storage, work.dataset, settings)
        return work

    def land(
        self,
        stream: str,
        source: Any,
        run: tuple[str, int],
        bound: float,
        again: bool,
        complete: Callable[[Batch], Batch] = lambda batch: batch,
    ) -> list[dict[str, Any]]:
        """Land what a source has after the ledger's cursor, or from its beginning; no batch when there is nothing."""
        from include.landing import ledger
        from include.landing.extract import Extractor

        def completed(batch: Batch) -> Batch:
            return dataclasses.replace(complete(batch), reached_end=batch.reached_end and source.reached_end)

        position = ledger.position(self.warehouse, self.dataset, stream, source.series, utc_now())
        extractor = Extractor(source, self.storage, self.settings, *run, utc_now)
        pages = source.pages(None if again else position.cursor)
        batch = extractor.land(stream, pages, position, bound, completed)
        return [batch.to_xcom()] if batch else []


def extract_email(dag_run_id: str, attempt: int, again: bool = False) -> list[dict[str, Any]]:
    """Land what is new in the mailboxes; returns the batch in a list, which is empty when nothing is new.

    Args:
        dag_run_id: the run.
        attempt: which try of the task this is, from 1; with the run it names the batch.
        again: read the source from its beginning, whatever was read before.

    Raises:
        NotConfigured: there is no connection of that name.
        ConfigurationError: the connection names no mailbox.
        include.engagement.errors.EngagementError: a mailbox could not be read, and no other had anything new.
    """
    from include.engagement.gmail import Mailboxes

    settings = Settings.from_environment()
    extra = _connection(settings.gmail_conn_id, "Gmail").extra_dejson
    mailboxes = _names(extra.get("mailboxes"))
    if not mailboxes:
        raise ConfigurationError(f"The connection {settings.gmail_conn_id} names no mailboxes in its extra fields.")
    domains = _names(extra.get("own_domains")) or sorted({each.rpartition("@")[2] for each in mailboxes})
    work = _Work.connect()
    source = Mailboxes(_open_mailbox(settings), mailboxes, domains, settings.engagement_history_days, utc_now)
    batches = work.land("email", source, (dag_run_id, attempt), settings.email_batch_max_messages, again)
    _tell(source.problems, settings)
    return batches


def extract_content(dag_run_id: str, attempt: int, again: bool = False) -> list[dict[str, Any]]:
    """Stage the days of the GA4 export that are new or have changed; returns the batch in a list, like `extract_email`.

    Raises:
        NotConfigured: no export is named.
    """
    from include.engagement.ga4 import Ga4Export

    settings = Settings.from_environment()
    if not settings.ga4_dataset:
        raise NotConfigured("The GA4 export is not connected: GA4_DATASET names no dataset.")
    work = _Work.connect()
    export = settings.ga4_dataset if "." in settings.ga4_dataset else f"{work.warehouse.project}.{settings.ga4_dataset}"
    source = Ga4Export(
        work.warehouse,
        export,
        work.dataset,
        settings.content_batch_max_days,
        settings.engagement_history_days,
        utc_now() + dt.timedelta(hours=settings.staging_hours),
    )
    return work.land("content", source, (dag_run_id, attempt), settings.batch_max_sales, again, source.fill)


def extract_social(dag_run_id: str, attempt: int, again: bool = False) -> list[dict[str, Any]]:
    """Land the webhooks that were dropped since the last run; returns the batch in a list, like `extract_email`.

    Raises:
        NotConfigured: there is no connection of that name.
        ConfigurationError: the connection names no prefix.
    """
    from include.engagement.webhooks import Webhooks
    from include.landing.manifest import split

    settings = Settings.from_environment()
    connection = _connection(settings.meta_conn_id, "Instagram and Facebook")
    prefix = str(connection.extra_dejson.get("prefix") or "")
    if not prefix.startswith("gs://"):
        raise ConfigurationError(
            f"The connection {settings.meta_conn_id} has no extra field prefix of the form gs://…."
        )
    work = _Work.connect()
    source = Webhooks(work.storage.get_conn(), *split(prefix), connection.password or "")
    return work.land("social", source, (dag_run_id, attempt), settings.batch_max_sales, again)


def _connection(conn_id: str, what: str) -> Any:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(conn_id)
    except AirflowNotFoundException:
        raise NotConfigured(f"{what}: not connected, for there is no connection {conn_id}.") from None


def _names(value: Any) -> list[str]:
    """Names from a list, or from a text with commas between."""
    given = value if isinstance(value, list) else str(value or "").split(",")
    return list(dict.fromkeys(str(each).strip().lower() for each in given if str(each).strip()))


def _open_mailbox(settings: Settings) -> Callable[[str], GmailApi]:
    from include.engagement.gmail_api import GmailApi
    from include.engagement.gmail_hook import GmailHook

    def opened(mailbox: str) -> GmailApi:
        return GmailApi(GmailHook(settings.gmail_conn_id, mailbox).get_conn(), mailbox, utc_now, time.sleep)

    return opened


def _tell(problems: list[str], settings: Settings) -> None:
    """Mailboxes that could not be read while others were: nothing else would tell of them."""
    from include.alerts import Kind, alert

    for sentence in problems:
        try:
            alert(sentence, settings.alert_conn_id, kind=Kind.FAILED_TASK)
        except Exception:
            log.exception("The alert of a mailbox was not delivered.")
