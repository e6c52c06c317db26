"""What is checked after an upload: the DAGs are there without import errors, and the profile endpoint answers.

Whether Composer's front proxy hands a plugin's routes to Airflow is documented nowhere, so it is tried.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from deploy.environment import Environment
from deploy.settings import DeployError
from deploy.shell import Shell

ENDPOINT = "/customer-profiles/v1/openapi.json"
CONTROL = "/api/v2/version"
"""A route of Airflow itself: if it is refused as well, the caller is, not the plugin."""

ATTEMPTS = 30
PAUSE_SECONDS = 20
"""Ten minutes in all: the bucket is synchronised within five."""

_OURS = ("application/json", "application/problem+json")


def wait_for_dags(
    environment: Environment, dag_ids: Sequence[str], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until Airflow has every DAG, and none of its files fails to import.

    Raises:
        DeployError: it does not come to that.
    """
    missing, broken = set(dag_ids), []
    for _ in range(1 if environment.shell.dry_run else ATTEMPTS):
        known = {row["dag_id"] for row in environment.airflow_json("dags", "list", name="DAG_LIST")}
        errors = environment.airflow_json("dags", "list-import-errors", name="IMPORT_ERRORS")
        missing, broken = set(dag_ids) - known, [row for row in errors if _is_ours(row["filepath"], dag_ids)]
        if environment.shell.dry_run or not (missing or broken):
            return
        sleep(PAUSE_SECONDS)
    if broken:
        raise DeployError(f"{broken[0]['filepath']} fails to import in {environment.name}: {broken[0]['error']}")
    raise DeployError(f"{environment.name} does not show {', '.join(sorted(missing))}: see its DAG processor's log.")


def check_endpoint(shell: Shell, airflow: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Ask for the endpoint's own document, as a program would.

    Raises:
        DeployError: the proxy, or Airflow, does not hand the request to the plugin.
    """
    token = shell.read("gcloud", "auth", "print-access-token", name="TOKEN")
    code, kind = "", ""
    for _ in range(1 if shell.dry_run else ATTEMPTS):
        code, kind = _get(shell, airflow + ENDPOINT, token, "ENDPOINT")
        if shell.dry_run or (kind in _OURS and code in {"200", "401", "403"}):
            break
        sleep(PAUSE_SECONDS)
    control, _ = _get(shell, airflow + CONTROL, token, "CONTROL")
    if not shell.dry_run:
        shell.say(f"# {_verdict(code, kind, control)}")


def _verdict(code: str, kind: str, control: str) -> str:
    if kind in _OURS and code == "200":
        return "The profile endpoint answers through Composer's proxy."
    if kind in _OURS and code in {"401", "403"}:
        return f"The plugin answers through Composer's proxy, {code}: give your account a role that reads the DAGs."
    if control != "200":
        raise DeployError(f"Airflow's own REST API answered {control}: check your access to the web server first.")
    raise DeployError(
        f"The plugin's routes answered {code} ({kind or 'no content'}) while Airflow's own answered 200: Composer's "
        "proxy does not pass them. Deploy the endpoint on its own: docs/deployment.md, 'The endpoint on its own'."
    )


def _get(shell: Shell, url: str, token: str, name: str) -> tuple[str, str]:
    form = "%{http_code} %{content_type}"
    command = ("curl", "--silent", "--show-error", "--output", "/dev/null", "--write-out", form, "--header", "@-", url)
    # By standard input: a command's arguments are seen by everybody on the machine.
    answer = shell.read(*command, name=name, stdin=f"Authorization: Bearer {token}")
    code, _, kind = answer.partition(" ")
    return code, kind.partition(";")[0].strip()


def _is_ours(path: str, dag_ids: Sequence[str]) -> bool:
    return path.rpartition("/")[2].removesuffix(".py") in dag_ids
