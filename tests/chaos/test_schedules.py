"""The fast part of `make chaos`: a few schedules in which every kind of fault occurs, on one lane."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos.directed import DIRECTED
from tests.chaos.lanes import verdicts

pytestmark = pytest.mark.services
NAMES = (
    "overlap window, R-Series",
    "token stored before it is used",
    "batch number",
    "attempts have objects of their own",
    "storms and restarts",
)
SEEDS = [number for number, each in enumerate(DIRECTED, start=1) if each.name in NAMES]


@pytest.fixture(scope="module")
def found() -> dict[int, dict[str, Any]]:
    return {verdict["seed"]: verdict for verdict in verdicts(SEEDS, lanes=1)}


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_schedule_of_faults_the_warehouse_equals_the_shop(found: dict[int, dict[str, Any]], seed: int):
    verdict = found[seed]
    assert verdict["problems"] == [], "\n".join([verdict["schedule"], *verdict["log"]])


def test_every_kind_of_fault_has_happened(found: dict[int, dict[str, Any]]):
    met = {kind.split(" in ")[0] for verdict in found.values() for kind in verdict["met"]}
    assert met >= {"kill", "stop", "cut", "restart bigquery", "restart storage", "two runs at once"}
    assert met >= {f"Lightspeed: {kind}" for kind in ("429", "503", "html", "truncated", "mutated", "late")}
