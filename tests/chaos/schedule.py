"""What happens in one schedule, as data: acts in the shop, pipeline runs, and the faults that meet them."""

from __future__ import annotations

import dataclasses
import random
from typing import Literal, TypeVar

T = TypeVar("T", bound=str)
Way = Literal["x_series", "x_series_2026_07", "x_series_oauth", "r_series"]
How = Literal["kill", "stop", "act", "cut", "503", "restart bigquery", "restart storage"]
Dag = Literal["lightspeed_to_bigquery", "reconcile_sales"]
Side = Literal["before", "during", "after"]
Until = Literal["retry", "run", "next run"]

TASKS = ("extract", "load", "commit", "drop_staging")
RECONCILING = ("compare", "reread", "load", "commit", "drop_staging", "record")
TASKS_OF: dict[Dag, tuple[str, ...]] = {"lightspeed_to_bigquery": TASKS, "reconcile_sales": RECONCILING}
"""Tasks of each DAG, in the order in which they run."""
ATTEMPTS = 3
"""Attempts that a task has in a schedule: fewer than in production, so that they can be used up."""


@dataclasses.dataclass(frozen=True)
class Act:
    """Something that people do in the shop; `which` picks the sale, the customer or the product."""

    kind: str
    which: int = 0
    amount: int = 1
    seconds: int = 0


@dataclasses.dataclass(frozen=True)
class Pause:
    """Time that passes."""

    seconds: int


@dataclasses.dataclass(frozen=True)
class ShopFault:
    """The next answers of Lightspeed to a stream are spoilt (`sandbox/lightspeed/faults.py`)."""

    kind: str
    count: int = 1
    stream: str = "sales"
    seconds: float = 1.0


@dataclasses.dataclass(frozen=True)
class FaultsEnd:
    """What is still spoilt at Lightspeed is well again."""


@dataclasses.dataclass(frozen=True)
class TaskFault:
    """What befalls one attempt of a task at one of its requests.

    Attributes:
        task: name of the task.
        attempt: its attempt, the first is 1.
        how: SIGKILL, SIGSTOP (the attempt goes on later, while its successor runs), acts in the shop between two of
            its requests, a connection that breaks, an error status, or a service that is killed and comes back.
        at: which request, as a part of all that an undisturbed attempt makes; the run that was recorded first
            tells how many these are.
        side: before the request is sent, `delay` seconds after it was sent, or after its answer came (when a
            connection breaks: after the request was carried out).
        request: instead of `at`: part of "METHOD address" of the request.
        nth: which of the requests that `request` fits.
        until: when a stopped attempt goes on.
        acts: what happens in the shop as an attempt is stopped, or between two of its requests.
    """

    task: str
    attempt: int
    how: How
    at: float = 0.0
    side: Side = "before"
    request: str = ""
    nth: int = 1
    until: Until = "retry"
    delay: float = 0.0
    acts: tuple[Act, ...] = ()


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a DAG; `skew` is what the workers' clock is ahead, in seconds."""

    faults: tuple[TaskFault, ...] = ()
    skew: int = 0
    dag: Dag = "lightspeed_to_bigquery"


@dataclasses.dataclass(frozen=True)
class Twins:
    """Two runs at once; `order` says whose task is next: a, b, or & for one of each at the same time."""

    first: Run
    second: Run
    order: str


Step = Act | Pause | ShopFault | FaultsEnd | Run | Twins


@dataclasses.dataclass(frozen=True)
class Schedule:
    """A whole schedule; equal seeds give equal schedules."""

    seed: int
    name: str
    way: Way
    page_size: int
    batch_max: int
    catalogue: bool
    """Whether the shop has customers and products to extract."""
    steps: tuple[Step, ...]
    repeats: int = 1
    """How often the steps are gone through: a race is not won every time."""

    @property
    def needs_reconciliation(self) -> bool:
        """Whether something happens in it that no feed of Lightspeed tells of."""
        return any(isinstance(step, Act) and step.kind in QUIET_ACTS for step in self.steps)

    def describe(self) -> str:
        """The schedule, a step a line."""
        head = f"seed {self.seed} ({self.name}): {self.way}, pages of {self.page_size}, batches of {self.batch_max}"
        return "\n".join([head + (", catalogue" if self.catalogue else ""), *(f"  {step}" for step in self.steps)])


SHOP_FAULTS = {
    "429": 3,
    "429_date": 3,
    "500": 2,
    "503": 2,
    "502_html": 1,
    "html": 1,
    "empty": 1,
    "truncated": 2,
    "disconnect": 2,
    "slow": 1,
    "duplicated": 2,
    "reordered": 2,
    "repeated": 2,
    "mutated": 2,
    "late": 4,
}
"""Faults of the API and how often they are drawn."""
X_SHOP_FAULTS = {"fewer": 2, "new_version": 1}
ACTS = {
    "sale": 8,
    "open sale": 2,
    "complete": 3,
    "back-dated sale": 2,
    "change line": 3,
    "remove line": 2,
    "add line": 2,
    "move day": 3,
    "change customer of sale": 1,
    "void": 3,
    "return": 2,
    "open return": 1,
    "reopen": 2,
    "malformed sale": 1,
    "mend": 1,
    "customer": 1,
    "product": 1,
}
QUIET_ACTS = {"quiet edit": 3, "delete": 1}
"""Acts that Lightspeed does not tell of: only reconciliation finds them."""
WAYS: dict[Way, int] = {"x_series": 4, "x_series_2026_07": 2, "x_series_oauth": 1, "r_series": 5}
HOWS: dict[How, int] = {
    "kill": 12,
    "stop": 4,
    "act": 4,
    "cut": 3,
    "503": 2,
    "restart bigquery": 1,
    "restart storage": 1,
}


class Generator:
    """Draws a random schedule.

    Args:
        seed: names the schedule.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        self._way = self._pick(WAYS)

    def schedule(self) -> Schedule:
        """The schedule of the seed."""
        steps: list[Step] = [*self._acts(2, 5)]
        for _ in range(self._random.choice((2, 3, 3))):
            steps += self._episode()
        return Schedule(
            seed=self._seed,
            name="random",
            way=self._way,
            page_size=self._random.choice((2, 3, 5)),
            batch_max=self._random.choice((4, 50, 50)),
            catalogue=self._random.random() < 0.25,
            steps=tuple(steps),
        )

    def _episode(self) -> list[Step]:
        """Shop faults, a run or two at once, more acts; time that passes between them or not."""
        steps: list[Step] = [self._shop_fault()] if self._random.random() < 0.45 else []
        late = any(isinstance(step, ShopFault) and step.kind == "late" for step in steps)
        if self._random.random() < 0.2:
            steps += self._reconciliation()
        steps.append(self._twins() if self._random.random() < 0.12 else self._run())
        if late:
            # A row becomes visible late, but within the time that is read again.
            return [*steps, FaultsEnd(), self._run(faults=False)]
        if self._random.random() < 0.6:
            steps.append(Pause(self._random.choice((1, 5, 70, 400, 2000))))
        return [*steps, *self._acts(1, 4)]

    def _reconciliation(self) -> list[Step]:
        """Changes that Lightspeed does not tell of, and a reconciliation, alone or beside ingestion."""
        quiet = self._acts(1, 2, QUIET_ACTS)
        found = self._run(dag="reconcile_sales")
        if self._random.random() < 0.4:
            return [
                *quiet,
                Twins(found, self._run(faults=False), self._random.choice(("&&&&&", "aab&&b&", "abaabbab"))),
            ]
        return [*quiet, found]

    def _acts(self, fewest: int, most: int, kinds: dict[str, int] = ACTS) -> list[Act]:
        count = self._random.randint(fewest, most)
        return [
            Act(
                self._pick(kinds),
                which=self._random.randrange(1000),
                amount=self._random.randint(1, 9),
                seconds=self._random.choice((3600, 86_400, 200_000)),
            )
            for _ in range(count)
        ]

    def _shop_fault(self) -> ShopFault:
        kind = self._pick(SHOP_FAULTS if self._way == "r_series" else SHOP_FAULTS | X_SHOP_FAULTS)
        if kind == "new_version" and self._way == "x_series_2026_07":
            kind = "html"
        count = self._random.choice((3, 9)) if kind in {"429", "503"} else self._random.randint(1, 2)
        stream = "sales" if kind in {"late", "fewer"} else self._random.choice(("sales", "sales", "customers"))
        return ShopFault(kind, count, stream, seconds=self._random.choice((1.0, 5.0, 20.0)))

    def _run(self, faults: bool = True, dag: Dag = "lightspeed_to_bigquery") -> Run:
        skew = self._random.choice((0, 0, 0, -200, -30, 30, 200))
        if not faults or self._random.random() < 0.15:
            return Run((), skew, dag)
        task = self._random.choice(TASKS_OF[dag])
        last = self._random.choice((1, 1, 1, 2, ATTEMPTS))
        return Run(tuple(self._task_fault(task, attempt) for attempt in range(1, last + 1)), skew, dag)

    def _task_fault(self, task: str, attempt: int) -> TaskFault:
        how = self._pick(HOWS)
        return TaskFault(
            task,
            attempt,
            how,
            acts=tuple(self._acts(1, 2)) if how == "act" else (),
            at=self._random.random(),
            side=self._random.choice(("before", "after")),
            until=self._random.choice(("retry", "run", "next run")),
        )

    def _twins(self) -> Twins:
        order = self._random.choice(("&&&&", "aaab&b", "ab&&&", "abab&&", "a&&&b", "aabbab&", "aaabbbba"))
        return Twins(self._run(faults=self._random.random() < 0.3), self._run(faults=False), order)

    def _pick(self, weights: dict[T, int]) -> T:
        return self._random.choices(list(weights), list(weights.values()))[0]
