"""What the tasks of `replay_tables` do, wired to this deployment's clients.

Heavy modules are imported when a task runs, never when the DAG file is parsed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from typing import TYPE_CHECKING, Any

from include.landing.tasks import utc_now
from include.replay.tables import TABLES, Scope
from include.settings import Settings

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook
    from google.cloud import bigquery

    from include.replay.catalogue import Catalogue
    from include.replay.parts import Parts
    from include.replay.shadow import Shadow

log = logging.getLogger(__name__)

ATTEMPTS = 20
"""Batches may be committed while a replay takes its tables' place: so often it catches up and tries again."""


def replay_id(run_id: str) -> str:
    """Name of a run's replay, in the names of its objects and tables."""
    return f"replay_{hashlib.sha256(run_id.encode()).hexdigest()[:12]}"


def parse(run_id: str, scope: Scope) -> list[str]:
    """Parse the raw objects of all committed batches that the scope needs; returns the parts' names."""
    work = _Work.connect(run_id, scope)
    return work.parts.write(work.needed(work.catalogue()))


def compare(run_id: str, attempt: int, scope: Scope, parts: list[str]) -> str:
    """Make the scope's tables again beside the present ones and say what would change; returns their name."""
    work = _Work.connect(run_id, scope)
    shadow = work.shadow(f"{replay_id(run_id)}_{attempt}")
    shadow.create()
    shadow.load(work.parts.uris(parts))
    shadow.build()
    for difference in shadow.compare():
        log.info("%s", difference.sentence())
    return shadow.name


def swap(run_id: str, scope: Scope, name: str) -> None:
    """Catch up with what was committed in the meantime, and put the tables in the present ones' place.

    Raises:
        RuntimeError: batches were committed faster than the replay could catch up.
    """
    from google.api_core.exceptions import GoogleAPICallError

    work = _Work.connect(run_id, scope)
    shadow = work.shadow(name)
    for attempt in range(ATTEMPTS):
        catalogue = work.catalogue()
        work.catch_up(shadow, catalogue)
        try:
            shadow.swap(catalogue.ledger_batches)
        except GoogleAPICallError as error:
            if work.catalogue().ledger_batches == catalogue.ledger_batches and attempt:
                raise
            log.info("A batch was committed meanwhile (%s): catching up.", error.message)
            time.sleep(1)
        else:
            log.info("Replay %s has taken the place of %s.", name, ", ".join(scope.tables))
            return
    raise RuntimeError(
        f"{ATTEMPTS} times a batch was committed before the replay could take its place: pause "
        "lightspeed_to_bigquery, clear this task, and unpause it afterwards."
    )


def clean(run_id: str, scope: Scope) -> None:
    """Remove the replay's tables and parts, whatever became of it."""
    from include.replay.shadow import drop

    work = _Work.connect(run_id, scope)
    drop(work.client, work.dataset, replay_id(run_id))
    work.parts.remove()


class _Work:
    """The clients of one replay, and what its tasks have in common."""

    def __init__(self, client: bigquery.Client, hook: GCSHook, settings: Settings, run_id: str, scope: Scope) -> None:
        from include.replay.parts import Parts
        from include.warehouse.client import dataset_name

        self.client, self.hook, self.settings, self.scope = client, hook, settings, scope
        self.dataset = dataset_name(client, settings)
        self.parts: Parts = Parts(hook, settings.landing_bucket, replay_id(run_id), scope)

    @classmethod
    def connect(cls, run_id: str, scope: Scope) -> _Work:
        from include.warehouse.client import bigquery_client, storage_hook
        from include.warehouse.tables import ensure

        settings = Settings.from_environment()
        work = cls(bigquery_client(settings), storage_hook(settings), settings, run_id, scope)
        ensure(work.client, work.dataset, settings.location, TABLES)
        return work

    def catalogue(self) -> Catalogue:
        from include.replay import catalogue

        return catalogue.read(self.client, self.hook, self.dataset, self.settings.landing_bucket)

    def needed(self, catalogue: Catalogue) -> list[Any]:
        from include.replay.catalogue import relevant

        return relevant(catalogue.batches, self.scope.first_day)

    def shadow(self, name: str) -> Shadow:
        from include.replay.shadow import Shadow

        expires = utc_now() + dt.timedelta(hours=self.settings.staging_hours)
        return Shadow(self.client, self.dataset, name, self.scope, expires)

    def catch_up(self, shadow: Shadow, catalogue: Catalogue) -> None:
        """Add the batches that were committed since the shadow tables were filled."""
        loaded = shadow.loaded()
        if new := [batch for batch in self.needed(catalogue) if batch.batch_id not in loaded]:
            log.info("%d batches were committed meanwhile.", len(new))
            shadow.load(self.parts.uris(self.parts.write(new)))
            shadow.build()
