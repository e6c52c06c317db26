from __future__ import annotations

from tests.chaos.directed import DIRECTED, schedule_of
from tests.chaos.removals import REMOVALS
from tests.chaos.schedule import (
    ACTS,
    HOWS,
    QUIET_ACTS,
    SHOP_FAULTS,
    TASKS,
    TASKS_OF,
    Act,
    Run,
    ShopFault,
    TaskFault,
    Twins,
)

SEEDS = range(len(DIRECTED) + 1, 501)


def faults(seed: int) -> list[TaskFault]:
    runs = [step for step in schedule_of(seed).steps if isinstance(step, Run)]
    return [fault for run in runs for fault in run.faults]


def test_a_seed_gives_the_same_schedule_every_time():
    assert [schedule_of(seed) for seed in range(1, 60)] == [schedule_of(seed) for seed in range(1, 60)]


def test_seeds_give_different_schedules_that_describe_themselves():
    assert len({schedule_of(seed).describe() for seed in SEEDS}) == len(SEEDS)


def test_every_kind_of_fault_befalls_every_task_in_five_hundred_schedules():
    met = {(fault.task, fault.how, fault.side) for seed in SEEDS for fault in faults(seed)}
    assert met >= {(task, how, side) for task in TASKS for how in HOWS for side in ("before", "after")}
    killed = {fault.task for seed in SEEDS for fault in faults(seed) if fault.how == "kill"}
    assert killed == {task for tasks in TASKS_OF.values() for task in tasks}


def test_every_fault_of_lightspeed_and_every_act_occurs_in_five_hundred_schedules():
    steps = [step for seed in SEEDS for step in schedule_of(seed).steps]
    assert {step.kind for step in steps if isinstance(step, ShopFault)} >= set(SHOP_FAULTS)
    assert {step.kind for step in steps if isinstance(step, Act)} == ACTS.keys() | QUIET_ACTS.keys()
    assert any(isinstance(step, Twins) for step in steps)


def test_kill_points_lie_everywhere_in_each_task():
    for task in TASKS:
        points = {int(10 * fault.at) for seed in SEEDS for fault in faults(seed) if fault.task == task}
        assert points == set(range(10))


def test_each_safeguard_has_a_schedule_that_aims_at_it():
    assert {removal.aim for removal in REMOVALS} <= {schedule.name for schedule in DIRECTED}
