"""Schedules that each aim at one safeguard: the first seeds. Random ones follow."""

from __future__ import annotations

import dataclasses

from tests.chaos.schedule import (
    Act,
    FaultsEnd,
    Generator,
    Pause,
    Run,
    Schedule,
    ShopFault,
    Step,
    TaskFault,
    Twins,
    Way,
)

SALE, OTHER = Act("sale", which=2, amount=3), Act("sale", which=5, amount=2)


def _aimed(name: str, *steps: Step, way: Way = "x_series", page_size: int = 5, **more: int) -> Schedule:
    return Schedule(0, name, way, page_size, more.get("batch_max", 50), False, steps, more.get("repeats", 1))


def _commit_dies(delay: float) -> tuple[Step, ...]:
    """BigQuery is killed while it runs the transaction that replaces sales."""
    fault = TaskFault("commit", 1, "restart bigquery", request="POST", nth=2, side="during", delay=delay)
    return (Act("change line", which=1), SALE, Run((fault,)))


DIRECTED = (
    _aimed(
        "transaction", SALE, OTHER, Run(), *[step for delay in (0.08, 0.2, 0.35, 0.5) for step in _commit_dies(delay)]
    ),
    _aimed(
        "overlap window, X-Series",
        *(SALE, Pause(5), SALE, Pause(5), SALE, ShopFault("late", 9), Run(), FaultsEnd(), Run()),
    ),
    _aimed(
        "overlap window, R-Series",
        # A sale is hidden while the sweep comes past it, and while the walk does, to one made between the two.
        *(SALE, Run(), Pause(10), ShopFault("late", 99), SALE, Run(), Pause(5), SALE),
        Run((TaskFault("extract", 1, "act", request="sort=timeStamp", acts=(OTHER,)),)),
        *(FaultsEnd(), Run()),
        way="r_series",
    ),
    _aimed(
        "token stored before it is used",
        *(SALE, Run(), Pause(700), SALE),
        Run((TaskFault("extract", 1, "kill", request="GET http", nth=4, side="after"),)),
        *(Pause(700), SALE),
        Run((TaskFault("extract", 1, "kill", request="/API/V3/", side="after"),)),
        way="r_series",
    ),
    _aimed(
        "pages compared with what they announce, X-Series",
        *(SALE, SALE, SALE, ShopFault("fewer"), Run(), Pause(70), SALE, ShopFault("fewer"), Run()),
    ),
    _aimed(
        "pages compared with what they announce, R-Series",
        *(SALE, Pause(500), SALE, Pause(500), SALE, Pause(500), SALE, ShopFault("fewer"), Run()),
        way="r_series",
        page_size=2,
    ),
    _aimed("batch number", SALE, Run(), OTHER, Twins(Run(), Run(), "abaabb"), SALE),
    _aimed("lock", SALE, Run(), OTHER, Twins(Run(), Run(), "&&&&"), SALE, repeats=4),
    _aimed(
        "teardown",
        *(SALE, Run(tuple(TaskFault("commit", attempt, "kill", at=0.5) for attempt in (1, 2, 3))), OTHER, Run()),
    ),
    _aimed(
        "attempts have objects of their own",
        *(SALE, Run(), OTHER),
        Run((TaskFault("extract", 1, "stop", request="/upload/", acts=(SALE, OTHER)),)),
    ),
    _aimed(
        "attempt that wakes after the teardown",
        *(SALE, Run((TaskFault("load", 1, "stop", request="POST", nth=1, until="run"),)), OTHER, Run()),
    ),
    _aimed(
        "sales replaced whole",
        *(Act("sale", which=2, amount=3), Act("sale", which=5, amount=7), Run()),
        *(Act("remove line", which=0), Act("move day", which=1, seconds=200_000), Run()),
        *(Act("reopen", which=0), Act("void", which=1), Run(), Act("complete", which=0, amount=9), Run()),
    ),
    _aimed(
        "sweep by updatetime",
        *(SALE, OTHER, Run(), Pause(2000), SALE, Run()),
        *(Act("void", which=0), Act("change line", which=1, amount=5), Run()),
        way="r_series",
    ),
    _aimed(
        "older state",
        # A sale that is missing is read again; before that is committed, ingestion commits a newer state of it.
        *(SALE, Run(), OTHER),
        Twins(
            Run((TaskFault("load", 1, "act", acts=(Act("change line", which=1, amount=7),)),), dag="reconcile_sales"),
            Run(),
            "aaabbbbaaa",
        ),
    ),
    _aimed(
        "changes that nobody tells of",
        *(SALE, OTHER, SALE, Run(), Act("quiet edit", which=1, amount=8), Act("delete", which=0)),
        Run((TaskFault("reread", 1, "kill", at=0.6), TaskFault("commit", 1, "kill", at=0.5)), dag="reconcile_sales"),
        *(Act("quiet edit", which=0, amount=6), Run((TaskFault("record", 1, "kill"),), dag="reconcile_sales")),
        way="r_series",
    ),
    _aimed(
        "clocks that differ",
        *(SALE, OTHER, Run(skew=200), Act("change line", which=0, amount=7), Run(skew=-200)),
        *(Act("void", which=0), Run(skew=30), Act("move day", which=1, seconds=3600), Run(skew=-30)),
        way="r_series",
    ),
    _aimed(
        "renewal by two at once",
        *(SALE, Run(), Pause(70_000), OTHER, Twins(Run(), Run(), "&&&&"), Pause(90_000), SALE),
        Run((TaskFault("extract", 1, "kill", at=0.3),)),
        way="x_series_oauth",
    ),
    _aimed(
        "storms and restarts",
        *(SALE, ShopFault("429", 9, seconds=20.0), Run((TaskFault("load", 1, "restart bigquery", at=0.6),))),
        *(OTHER, ShopFault("503", 3), Run((TaskFault("extract", 1, "restart storage", at=0.7),))),
        *(
            Act("malformed sale", which=1),
            ShopFault("html"),
            Run((TaskFault("commit", 1, "cut", at=0.5, side="after"),)),
        ),
        *(Act("mend"), ShopFault("truncated"), ShopFault("mutated"), Run()),
    ),
)


def schedule_of(seed: int) -> Schedule:
    """The schedule of a seed, from 1."""
    if seed <= len(DIRECTED):
        return dataclasses.replace(DIRECTED[seed - 1], seed=seed)
    return Generator(seed).schedule()
