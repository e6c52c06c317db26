"""`make deploy`: uploads the code, sets packages, variables, options and pools, waits, and checks the result."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy import bucket, settings, smoke
from deploy.environment import Environment
from deploy.settings import ROOT, DeployError
from deploy.shell import Shell
from deploy.upload import upload

TREE = ROOT / ".deploy"


def deploy(environment: Environment, deployment: settings.Deployment, tree: Path) -> None:
    """Bring everything into an environment; a second time changes nothing.

    Raises:
        DeployError: a step failed, or the checks at the end did.
    """
    shell = environment.shell
    shutil.rmtree(tree, ignore_errors=True)
    bucket.assemble(tree)
    dags = environment.describe("config.dagGcsPrefix", "DAGS")
    airflow = environment.describe("config.airflowUri", "AIRFLOW")
    environment.configure(deployment, str(ROOT / "requirements.txt"))
    for pool in deployment.pools:
        environment.set_pool(pool)
    upload(shell, tree, dags)
    smoke.wait_for_dags(environment, bucket.dag_ids())
    smoke.check_endpoint(shell, airflow)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> None:
    """Deploy as the command line says."""
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__)
    parser.add_argument("--environment", required=True, help="name of the Composer environment")
    parser.add_argument("--location", required=True, help="its region, such as us-central1")
    parser.add_argument("--settings", type=Path, default=settings.FILE, help="what to set; deploy/composer.toml")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run none")
    given = parser.parse_args(arguments)
    shell = Shell(dry_run=given.dry_run, say=say)
    try:
        deploy(Environment(shell, given.environment, given.location), settings.read(given.settings), TREE)
    except DeployError as error:
        sys.exit(f"make deploy: {error}")


if __name__ == "__main__":
    main()
