"""One backfill by the tasks of `lightspeed_to_bigquery`, one after the other in one process, without a scheduler.

Everything is production's: settings and addresses come from the environment as in a deployment.
"""

from __future__ import annotations

from include.landing import tasks


def main() -> None:
    """Run the DAG's four tasks until nothing is new."""
    number = 0
    # Customers and products were just asked for: sales alone are what the peer loads too.
    while batches := tasks.extract(f"benchmark-{number}", 1, tasks.utc_now()):
        tasks.load(batches)
        tasks.commit(batches)
        tasks.drop_staging(batches)
        number += 1
        print(f"{sum(batch['rows_loaded'] for batch in batches):,} rows committed", flush=True)


if __name__ == "__main__":
    main()
