"""A search of everything, and the rows of `forget_proofs` that keep its result."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from include.forgetting import contents
from include.forgetting.objects import count_by_folder
from include.forgetting.people import key_id
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.forgetting.case import Case
    from include.forgetting.objects import Store
    from include.forgetting.tables import Warehouse

THREADS = 8


@dataclasses.dataclass(frozen=True)
class Finding:
    """What the search of one table, or of one folder of the bucket, came to."""

    store: str
    """`table` or `objects`."""
    name: str
    examined: int
    found: int


@dataclasses.dataclass(frozen=True)
class Search:
    """Where a person is named."""

    findings: list[Finding]
    objects: list[str]
    """Names of the objects that name the person."""

    @property
    def found(self) -> list[Finding]:
        """The tables and folders that name the person."""
        return [finding for finding in self.findings if finding.found]

    def sentences(self) -> list[str]:
        """One line a table or folder that names the person."""
        return [f"{each.store} {each.name}: {each.found} of {each.examined}" for each in self.found]


def search(warehouse: Warehouse, store: Store, case: Case) -> Search:
    """Look through every column of every table and through every object for anything that names the person."""
    pattern, tables, names = case.pattern(), warehouse.tables(), store.names()
    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        counts = threads.map(lambda table: warehouse.search(table, pattern), tables)
        findings = [Finding("table", table.name, *count) for table, count in zip(tables, counts, strict=True)]
        is_hit = threads.map(lambda name: _names(store, name, case), names)
        hits = [name for name, hit in zip(names, is_hit, strict=True) if hit]
    in_folder = count_by_folder(hits)
    findings += [Finding("objects", name, n, in_folder.get(name, 0)) for name, n in count_by_folder(names).items()]
    return Search(findings, hits)


def _names(store: Store, name: str, case: Case) -> bool:
    content, needles, pattern = store.read(name), case.needles(), re.compile(case.pattern())
    return content is not None and any(
        any(needle in text for needle in needles) and pattern.search(text) for text in contents.texts(name, content)
    )


def write(
    client: bigquery.Client, dataset: str, key: str, case: Case, phase: str, result: Search, checked_at: dt.datetime
) -> None:
    """Write the rows of one search; a second time there is nothing to write."""
    findings = result.findings
    values: dict[str, tuple[str, Any]] = _case(key, case) | {
        "phase": ("STRING", phase),
        "source": ("STRING", case.source),
        "reason": ("STRING", case.reason),
        "stores": ("ARRAY<STRING>", [each.store for each in findings]),
        "names": ("ARRAY<STRING>", [each.name for each in findings]),
        "examined": ("ARRAY<INT64>", [each.examined for each in findings]),
        "found": ("ARRAY<INT64>", [each.found for each in findings]),
        "identity_sha256": ("ARRAY<STRING>", case.hashes(key)),
        "kept_identities": ("INT64", case.kept_identities),
        "checked_at": ("TIMESTAMP", checked_at),
        "forget_key_id": ("STRING", key_id(key)),
    }
    _run(client, dataset, "insert", values)


def has_before(client: bigquery.Client, dataset: str, key: str, case: Case) -> bool:
    """Whether it is written down what was there before."""
    return next(iter(_run(client, dataset, "has_before", _case(key, case))))["is_known"]


def _case(key: str, case: Case) -> dict[str, tuple[str, Any]]:
    return {"case_id": ("STRING", case.case_id(key)), "started_at": ("TIMESTAMP", case.started_at)}


def _run(client: bigquery.Client, dataset: str, file: str, values: dict[str, tuple[str, Any]]) -> Any:
    from google.cloud import bigquery

    config = bigquery.QueryJobConfig(query_parameters=parameters(values), labels={"dag": "forget_customer"})
    return client.query_and_wait(render(f"forget_proofs/{file}.sql", dataset=dataset), job_config=config)
