"""A cloud on this machine's PATH: `gcloud` and `curl` that keep an environment as a JSON file and a folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

PROGRAM = r"""
import json, shutil, sys
from pathlib import Path

home = Path(__file__).resolve().parent
state = json.loads((home / "state.json").read_text())
name, arguments = Path(sys.argv[0]).name, sys.argv[1:]
with (home / "commands.jsonl").open("a") as log:
    log.write(json.dumps([name, *arguments]) + "\n")
software = state["software"]


def pairs(text):
    delimiter, text = text[1], text[3:]
    return dict(pair.split("=", 1) for pair in text.split(delimiter))


def local(address):
    return home / address.removeprefix("gs://")


def rsync(options, source, target):
    source, target = Path(source), local(target)
    shutil.copytree(source, target, dirs_exist_ok=True)
    if "--delete-unmatched-destination-objects" in options:
        for path in [path for path in target.rglob("*") if path.is_file()]:
            if not (source / path.relative_to(target)).exists():
                path.unlink()


def answer():
    if name == "curl":
        header = sys.stdin.read()
        assert header == "Authorization: Bearer the-token", header
        return state["routes"]["plugin" if "customer-profiles" in arguments[-1] else "airflow"]
    if arguments[:2] == ["auth", "print-access-token"]:
        return "the-token"
    if arguments[:2] == ["storage", "rsync"]:
        rsync(arguments[2:-2], *arguments[-2:])
        return ""
    assert arguments[:2] == ["composer", "environments"] and arguments[3:5] == ["shop", "--location=us-central1"]
    verb, rest = arguments[2], arguments[5:]
    if verb == "describe":
        fields = {"config.dagGcsPrefix": "gs://bucket/dags", "config.airflowUri": "https://shop.example"}
        form = rest[0].removeprefix("--format=")
        if form.startswith("json"):
            return json.dumps({"config": {"softwareConfig": software}})
        return fields[form.removeprefix("value(").removesuffix(")")]
    if verb == "update":
        option, _, value = rest[0].partition("=")
        if option == "--update-pypi-packages-from-file":
            lines = Path(value).read_text().split()
            software["pypiPackages"] = {line.split("==")[0]: "==" + line.split("==")[1] for line in lines}
        key = {"--update-env-variables": "envVariables", "--update-airflow-configs": "airflowConfigOverrides"}
        if option in key:
            software.setdefault(key[option], {}).update(pairs(value))
        return ""
    assert verb == "run"
    if rest[:2] == ["pools", "set"]:
        state["pools"][rest[3]] = rest[4:]
        return ""
    if rest[:2] == ["dags", "list"]:
        dags = [{"dag_id": path.stem} for path in (home / "bucket" / "dags").glob("*.py")]
        return "Command has been started.\n" + json.dumps(dags)
    return json.dumps(state["import_errors"]) if state["import_errors"] else "No data found"


print(answer())
(home / "state.json").write_text(json.dumps(state))
"""

OK = "200 application/json"


class Cloud:
    """The stand-in, and what it has been asked.

    Args:
        home: folder for its programs, its state and its buckets.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self.bucket = home / "bucket"
        (self.bucket / "dags").mkdir(parents=True)
        (self.bucket / "plugins").mkdir()
        for name in ("gcloud", "curl"):
            (home / name).write_text(f"#!{sys.executable} -IS\n{PROGRAM}")
            (home / name).chmod(0o755)
        software = {"imageVersion": "composer-3-airflow-3.3.1-build.2"}
        routes = {"plugin": OK, "airflow": OK}
        self.write({"software": software, "pools": {}, "import_errors": [], "routes": routes})

    @property
    def path(self) -> str:
        """PATH on which its programs come first."""
        return f"{self._home}{os.pathsep}{os.environ['PATH']}"

    @property
    def state(self) -> dict:
        return json.loads((self._home / "state.json").read_text())

    def write(self, state: dict) -> None:
        (self._home / "state.json").write_text(json.dumps(state))

    def change(self, **values) -> None:
        self.write(self.state | values)

    def take_commands(self) -> list[list[str]]:
        """The commands run since the last call."""
        log = self._home / "commands.jsonl"
        commands = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        log.unlink(missing_ok=True)
        return commands
