"""Safeguards of the pipeline, each with the change that takes it away: made in a worker's memory, never in a file."""

from __future__ import annotations
import __future__

import contextlib
import dataclasses
import importlib
import inspect
import os
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import jinja2

from include.warehouse import sql


@dataclasses.dataclass(frozen=True)
class Removal:
    """A safeguard and how it is removed.

    Attributes:
        name: what it is called.
        aim: name of the directed schedule that must catch its absence.
        place: an SQL file, or `module:function` or `module:Class.method`.
        old: text of it, found exactly.
        new: what stands there instead.
        guards: what it is for, in one sentence.
    """

    name: str
    aim: str
    place: str
    old: str
    new: str
    guards: str

    def apply(self) -> None:
        """Remove it from this process.

        Raises:
            LookupError: the text is not there (any more): bring the removal up to date.
        """
        if self.place.endswith(".sql"):
            _patch_sql(self)
        else:
            _patch_function(self)


REMOVALS = (
    Removal(
        "overlap window, X-Series",
        "overlap window, X-Series",
        "include.lightspeed.x_series:XSeriesClient.pages",
        "yield from self._sweep(stream, state)",
        "",
        "What became visible late is read again.",
    ),
    Removal(
        "overlap window, R-Series",
        "overlap window, R-Series",
        "include.lightspeed.connection:_windows",
        '"overlap_seconds": _integer(extra, "overlap_seconds", 60)',
        '"overlap_seconds": 0',
        "What became visible late, or ties with the watermark, is read again.",
    ),
    Removal(
        "token stored before it is used",
        "token stored before it is used",
        "include.lightspeed.oauth:RefreshingToken._saved",
        "self._store.save(pair)",
        "__import__('threading').Timer(3.0, self._store.save, (pair,)).start()",
        "A crash between refresh and save leaves a token pair that works.",
    ),
    Removal(
        "pages compared with what they announce, X-Series",
        "pages compared with what they announce, X-Series",
        "include.lightspeed.x_pages:_compare",
        "agrees = (announced.min, announced.max) == (first, last)",
        "agrees = True",
        "A page with fewer rows than announced stops the batch.",
    ),
    Removal(
        "pages compared with what they announce, R-Series",
        "pages compared with what they announce, R-Series",
        "include.lightspeed.r_pages:parse_page",
        "if attributes.next and len(records) < limit:",
        "if False:",
        "A page with fewer rows than asked for, that names a next page, stops the batch.",
    ),
    Removal(
        "batch number",
        "batch number",
        "ingest_batches/insert.sql",
        "COALESCE(MAX(ledger.batch_number), 0) = @batch_number - 1",
        "TRUE",
        "Of two runs that begin at the same watermark only one is committed.",
    ),
    Removal(
        "lock",
        "lock",
        "ingest_locks/take.sql",
        "WHERE stream = @stream",
        "WHERE FALSE AND stream = @stream",
        "Of two commits at the same time one gives way.",
    ),
    Removal(
        "teardown",
        "teardown",
        "include.landing.tasks:drop_staging",
        "for batch in map(Batch.from_xcom, batches):",
        "for batch in ():",
        "No staging table outlives its run.",
    ),
    Removal(
        "attempts have objects of their own",
        "attempts have objects of their own",
        "include.landing.extract:Extractor.land",
        'attempt = f"{self.dag_run_id}/{self.attempt}"',
        "attempt = self.dag_run_id",
        "An attempt that was given up, but is still alive, does not write over its successor's objects.",
    ),
    Removal(
        "leftovers of earlier batches are dropped",
        "attempt that wakes after the teardown",
        "include.landing.load:drop_leftovers",
        "if number and int(number[1]) < newest:",
        "if False:",
        "A staging table that a late attempt has made after the teardown goes with the next one.",
    ),
    Removal(
        "newer state kept",
        "older state",
        "sale_versions/known.sql",
        "incoming.version < known.version",
        "FALSE",
        "A batch that was read before another one replaces nothing that the other one has brought newer.",
    ),
    Removal(
        "reconciliation",
        "changes that nobody tells of",
        "include.reconciliation.tasks:reread",
        "if not found:",
        "if True:",
        "A change that Lightspeed does not tell of, and a sale that was deleted, are found.",
    ),
    Removal(
        "sales replaced whole",
        "sales replaced whole",
        "sales/commit.sql",
        "DELETE FROM `{{ params.dataset }}.sales` AS target\nWHERE ",
        "DELETE FROM `{{ params.dataset }}.sales` AS target\nWHERE FALSE AND ",
        "A line that an edit removed goes, a sale that moved to another day is not there twice.",
    ),
    Removal(
        "sweep by updatetime",
        "sweep by updatetime",
        "include.lightspeed.r_series:RSeriesClient.pages",
        "if resource.has_updatetime:",
        "if False:",
        "Edits and voids that leave R-Series' timeStamp alone are found.",
    ),
    Removal(
        "transaction",
        "transaction",
        "sales/commit.sql",
        "TRANSACTION;",
        "",
        "Data and ledger row become visible together or not at all.",
    ),
)


def remover(name: str) -> Callable[[], None]:
    """What removes the safeguard of a name; nothing for the empty name."""
    if not name:
        return lambda: None
    removal = next(each for each in REMOVALS if each.name == name)
    pid = os.fork()
    if not pid:
        # Tried in a process that is thrown away: a removal that fails must not pass for a safeguard's absence.
        with contextlib.suppress(BaseException):
            removal.apply()
            os._exit(0)
        os._exit(1)
    if os.waitpid(pid, 0)[1]:
        raise LookupError(f"The removal {name!r} does not fit the code any more: bring it up to date.")
    return removal.apply


def _patch_sql(removal: Removal) -> None:
    environment = sql._environment()
    loader: Any = environment.loader

    def load(path: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        text, name, fresh = loader.get_source(environment, path)
        return (_substituted(removal, text) if path == removal.place else text), name, fresh

    environment.loader = jinja2.FunctionLoader(load)
    if environment.cache is not None:
        environment.cache.clear()
    environment.loader.load(environment, removal.place)


def _patch_function(removal: Removal) -> None:
    path, _, name = removal.place.partition(":")
    module: Any = importlib.import_module(path)
    *owners, last = name.split(".")
    owner = module
    for each in owners:
        owner = getattr(owner, each)
    source = textwrap.dedent(inspect.getsource(getattr(owner, last)))
    made: dict[str, Any] = {}
    code = compile(_substituted(removal, source), removal.place, "exec", flags=__future__.annotations.compiler_flag)
    exec(code, module.__dict__, made)
    old = getattr(owner, last)
    setattr(owner, last, made[last])
    for user in [each for name, each in sys.modules.items() if name.startswith("include.")]:
        if getattr(user, last, None) is old:  # imported by name
            setattr(user, last, made[last])


def _substituted(removal: Removal, text: str) -> str:
    if removal.old not in text:
        raise LookupError(f"{removal.place} has no {removal.old!r}: bring the removal {removal.name!r} up to date.")
    if removal.name == "transaction":
        return text.replace("BEGIN TRANSACTION;", "").replace("COMMIT TRANSACTION;", "")
    return text.replace(removal.old, removal.new)
