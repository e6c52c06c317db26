"""How soon a sale is queryable with hooks inside tasks (production) and with the provider's operators, side by side.

Both DAGs run on the same Airflow, shop and warehouse, one after the other, in turns. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import tempfile
import time
from pathlib import Path

import requests

from sandbox.airflow import Airflow
from sandbox.connections import lightspeed_variables
from sandbox.freshness import Freshness, FreshnessWatch
from sandbox.stack import ROOT, Ports, Stack
from sandbox.warehouse import Warehouse

DAGS = {"hooks": "lightspeed_to_bigquery", "operators": "lightspeed_with_operators"}
SERIES = "x_series"


def main() -> None:
    """Measure both in turns and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="seconds of live sales a turn")
    parser.add_argument("--turns", type=int, default=2, help="turns of each DAG")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), Ports.free()) as stack:
        airflow = _start(stack, Path(folder))
        turns: dict[str, list[Freshness]] = {name: [] for name in DAGS}
        for _ in range(options.turns):
            for name, dag_id in DAGS.items():
                turns[name].append(_turn(stack, airflow, dag_id, options.seconds))
                print(name, turns[name][-1], flush=True)
    print(json.dumps({name: [vars(turn) for turn in measured] for name, measured in turns.items()}))


def _start(stack: Stack, folder: Path) -> Airflow:
    dags = folder / "dags"
    shutil.copytree(ROOT / "benchmarks" / "dags", dags)
    shutil.copy(ROOT / "dags" / f"{DAGS['hooks']}.py", dags)
    # Short waits: a paused DAG must leave its last wait soon.
    variables = {"AIRFLOW__CORE__DAGS_FOLDER": str(dags), "LIGHTSPEED_IDLE_SECONDS": "10"}
    airflow = Airflow(stack, folder / "airflow", lightspeed_variables(stack, SERIES) | variables)
    migration = airflow.migrate()
    stack.start_warehouse()
    stack.start_lightspeed(
        *("--registers", "200", "--speed", "60", "--longest-gap", "240", "--max-history-sales", "20000")
    )
    migration.wait()
    airflow.start()
    airflow.unpause(DAGS["hooks"])
    warehouse = Warehouse(stack)
    while not (warehouse.exists() and warehouse.progress()[1]):
        stack.processes.check()
        time.sleep(1)
    # The product backfill of the first runs is not what is measured.
    time.sleep(90)
    airflow.pause(DAGS["hooks"])
    return airflow


def _turn(stack: Stack, airflow: Airflow, dag_id: str, seconds: float) -> Freshness:
    requests.post(f"{stack.lightspeed_url}/_sandbox/resume", timeout=30).raise_for_status()
    airflow.unpause(dag_id)
    # The other DAG's last run ends, and this one's first has caught up, before the watch begins.
    time.sleep(40)
    watch = FreshnessWatch(stack, dt.datetime.now(tz=dt.UTC), SERIES)
    time.sleep(seconds)
    requests.post(f"{stack.lightspeed_url}/_sandbox/pause", timeout=30).raise_for_status()
    freshness = watch.finish(timeout=120)
    airflow.pause(dag_id)
    time.sleep(20)
    return freshness


if __name__ == "__main__":
    main()
