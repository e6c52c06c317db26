"""What the tasks of `forget_customer` and of its neighbours do, wired to this deployment's clients.

Heavy modules are imported when a task runs, never when the DAG file is parsed. No log line and no return value names
a person.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from include.forgetting import people
from include.landing.tasks import utc_now
from include.settings import Settings
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.forgetting.case import Case
    from include.forgetting.objects import Store
    from include.forgetting.proofs import Search
    from include.forgetting.tables import Warehouse

log = logging.getLogger(__name__)

REASONS = ("customer_request", "lightspeed_anonymised", "retention", "other")
"""Why somebody is forgotten; a free text could name them again."""

ROUNDS = 3
"""So often everything is cleared and searched: what ran meanwhile may have brought something in."""


def find(source: str, customer_id: str, reason: str, dry_run: bool) -> list[str]:
    """Find where a customer is named and write it down; returns a line a table or folder.

    Args:
        source: `r_series` or `x_series`.
        customer_id: Lightspeed's id.
        reason: one of `REASONS`.
        dry_run: only find; nothing is written.

    Raises:
        ValueError: FORGET_KEY is missing or too short to forget anybody with it.
    """
    work = _Work.connect()
    if not dry_run:
        people.require_key(work.settings.forget_key)
    case = work.case(source, customer_id) or work.new_case(source, customer_id, reason)
    at, result = utc_now(), work.search(case)
    if not dry_run:
        work.open(dataclasses.replace(case, objects=sorted({*case.objects, *result.objects})), result, at)
    for sentence in (*result.sentences(), *work.store.warnings()):
        log.info("%s", sentence)
    return result.sentences()


def forget(source: str, customer_id: str) -> None:
    """Forget the customer of a request: no batch brings them in from now on, and every object and table is cleared.

    Each step may be done again; a run that was killed does those that are missing.
    """
    work = _Work.connect()
    if case := work.case(source, customer_id):
        work.mark(case)
        work.clear(case)


def prove(source: str, customer_id: str) -> None:
    """Search everything, clear again what was brought in meanwhile, write the proof and close the request.

    Raises:
        RuntimeError: the customer is still named somewhere; the rows of the proof say where.
    """
    work = _Work.connect()
    case = work.case(source, customer_id)
    if case is None:
        log.info("The request was closed by an earlier attempt.")
        return
    for attempt in range(ROUNDS):
        at, result = utc_now(), work.search(case)
        if not result.found:
            work.close(case, result, at)
            return
        log.info("Round %d: %s", attempt + 1, "; ".join(result.sentences()))
        work.clear(dataclasses.replace(case, objects=result.objects))
    work.write_proof(case, "after", result, at)
    raise RuntimeError(
        f"Request {case.case_id(work.settings.forget_key)} is not done: {'; '.join(result.sentences())} still name the "
        "customer after all rounds: see forget_proofs, pause what writes there, and clear this task."
    )


def anonymised() -> list[dict[str, str]]:
    """Customers whom Lightspeed has anonymised or deleted, each as parameters of `forget_customer`."""
    work = _Work.connect()
    rows = work.client.query_and_wait(render("forgetting/anonymised.sql", dataset=work.dataset))
    return [{"source": row["source"], "customer_id": row["customer_id"]} for row in rows]


def run_name(source: str, customer_id: str) -> str:
    """Name of the run that forgets a customer: the same one is started once, and it names nobody."""
    return f"anonymised__{people.digest(Settings.from_environment().forget_key, f'run {source} {customer_id}')[:24]}"


def sweep(since: dt.datetime) -> int:
    """Take everybody who was forgotten out of all tables, and of objects written since; returns how many changed.

    What was under way while somebody was forgotten may have written them once more: this is the net below.
    """
    work = _Work.connect()
    forgotten = people.read(work.client, work.dataset, work.settings.forget_key)
    if not forgotten:
        return 0
    for table in work.warehouse.tables():
        work.warehouse.clear(table, forgotten)
    return sum(work.store.redact(name, forgotten) for name in work.store.names(since=since))


CLOCKS_DIFFER = dt.timedelta(minutes=5)
"""So much earlier than the request an object's time may be that was written after it."""


class _Work:
    """The clients of one task, and what the tasks have in common."""

    def __init__(self, client: bigquery.Client, dataset: str, store: Store, settings: Settings) -> None:
        from include.forgetting.tables import Warehouse

        self.client, self.dataset, self.store, self.settings = client, dataset, store, settings
        self.warehouse: Warehouse = Warehouse(client, dataset)

    @classmethod
    def connect(cls) -> _Work:
        from include.forgetting.objects import Store
        from include.warehouse.client import bigquery_client, dataset_name, storage_hook
        from include.warehouse.tables import ensure

        settings = Settings.from_environment()
        client = bigquery_client(settings)
        dataset = dataset_name(client, settings)
        ensure(client, dataset, settings.location)
        return cls(client, dataset, Store(storage_hook(settings), settings.landing_bucket), settings)

    def case(self, source: str, customer_id: str) -> Case | None:
        """The request that is being worked on, if there is one."""
        from include.forgetting.case import Case

        content = self.store.read(self._case_name(source, customer_id))
        return None if content is None else Case.from_json(content)

    def new_case(self, source: str, customer_id: str, reason: str) -> Case:
        from include.forgetting.identities import collect

        return collect(self.client, self.dataset, self.store, source, customer_id, reason, utc_now())

    def search(self, case: Case) -> Search:
        from include.forgetting.proofs import search

        return search(self.warehouse, self.store, case)

    def open(self, case: Case, result: Search, at: dt.datetime) -> None:
        """Keep the request, then what was there before anything was changed."""
        from include.forgetting import proofs

        self.store.write(self._case_name(case.source, case.customer_id), case.to_json())
        if not proofs.has_before(self.client, self.dataset, self.settings.forget_key, case):
            self.write_proof(case, "before", result, at)

    def mark(self, case: Case) -> None:
        """Let every commit know that the customer is forgotten."""
        from google.cloud import bigquery

        key, identities = self.settings.forget_key, case.identities()
        values: dict[str, tuple[str, Any]] = {
            "customer_sha256": ("STRING", people.digest(key, case.customer_id)),
            "source": ("STRING", case.source),
            "reason": ("STRING", case.reason),
            "identity_kinds": ("ARRAY<STRING>", [kind for kind, _ in identities]),
            "identity_sha256": ("ARRAY<STRING>", [people.digest(key, value) for _, value in identities]),
            "forget_key_id": ("STRING", people.key_id(key)),
        }
        config = bigquery.QueryJobConfig(query_parameters=parameters(values), labels={"dag": "forget_customer"})
        text = render("forgotten_customers/add.sql", dataset=self.dataset)
        self.client.query(text, job_config=config, job_retry=None).result()

    def clear(self, case: Case) -> None:
        """Take the customer out of the tables, and of the objects that named them or were written since."""
        forgotten = people.read(self.client, self.dataset, self.settings.forget_key)
        for table in self.warehouse.tables():
            self.warehouse.clear(table, forgotten)
        for name in sorted({*case.objects, *self.store.names(since=case.started_at - CLOCKS_DIFFER)}):
            self.store.redact(name, forgotten)

    def close(self, case: Case, result: Search, at: dt.datetime) -> None:
        """Write the proof, then remove the request: it is the last place that names the customer."""
        self.write_proof(case, "after", result, at)
        self.store.remove(self._case_name(case.source, case.customer_id))

    def write_proof(self, case: Case, phase: str, result: Search, at: dt.datetime) -> None:
        from include.forgetting import proofs

        proofs.write(self.client, self.dataset, self.settings.forget_key, case, phase, result, at)

    def _case_name(self, source: str, customer_id: str) -> str:
        from include.forgetting.objects import CASES

        digest = people.digest(self.settings.forget_key, f"{source} {customer_id}")
        return f"{CASES}{digest[:24]}.json"
