"""`make deploy` against a stand-in for gcloud: what it runs, that it repeats nothing, and what it refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy import __main__ as program
from deploy import bucket, settings, smoke
from deploy.settings import ROOT, DeployError
from deploy.shell import Shell
from include.settings import VARIABLES
from tests.deploy.cloud import OK, Cloud

ARGUMENTS = ["--environment", "shop", "--location", "us-central1"]


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch) -> Cloud:
    made = Cloud(tmp_path / "cloud")
    monkeypatch.setenv("PATH", made.path)
    monkeypatch.setattr(smoke, "ATTEMPTS", 2)
    monkeypatch.setattr(smoke, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(program, "TREE", tmp_path / "tree")
    return made


def deploy(*arguments: str) -> list[str]:
    lines: list[str] = []
    program.main([*ARGUMENTS, *arguments], say=lines.append)
    return lines


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def refusal(*arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        deploy(*arguments)
    return str(stopped.value)


def test_the_bucket_has_the_code_and_the_environment_its_settings(cloud: Cloud, tmp_path):
    deploy()
    bucket.assemble(tmp_path / "wanted")
    assert files(cloud.bucket) == files(tmp_path / "wanted")
    software, wanted = cloud.state["software"], settings.read()
    assert software["pypiPackages"] == {"xgboost-cpu": "==3.2.0"}
    assert software["envVariables"] == wanted.variables
    assert software["airflowConfigOverrides"] == wanted.airflow
    assert set(cloud.state["pools"]) == {pool.name for pool in wanted.pools}


def test_a_second_deployment_updates_nothing(cloud: Cloud):
    deploy()
    first = cloud.take_commands()
    before = cloud.state
    deploy()
    second = cloud.take_commands()
    assert [command for command in second if "update" in command] == []
    assert second == [command for command in first if "update" not in command]
    assert cloud.state == before


def test_a_dry_run_runs_nothing_and_prints_a_script_of_the_very_commands(cloud: Cloud, tmp_path):
    lines = deploy("--dry-run")
    assert cloud.take_commands() == []
    script = tmp_path / "deploy.sh"
    script.write_text("set -eu\n" + "\n".join(lines))
    subprocess.run(["bash", str(script)], check=True, stdout=subprocess.DEVNULL)
    by_script, state = cloud.take_commands(), cloud.state
    # The same from the beginning, by the program itself.
    cloud.write(Cloud(tmp_path / "fresh").state)
    deploy()
    assert cloud.take_commands() == by_script
    assert cloud.state == state


def test_stale_files_go_and_other_teams_files_stay(cloud: Cloud):
    foreign = ["dags/airflow_monitoring.py", "plugins/theirs.py", "dags/theirs/dag.py"]
    stale = ["dags/include/gone.py", "plugins/customer_profiles_api/gone.py"]
    for name in [*foreign, *stale]:
        (cloud.bucket / name).parent.mkdir(parents=True, exist_ok=True)
        (cloud.bucket / name).write_text("")
    deploy()
    assert files(cloud.bucket) >= set(foreign)
    assert files(cloud.bucket).isdisjoint(stale)


def test_libraries_are_there_before_the_dags_that_import_them(cloud: Cloud):
    deploy()
    targets = [command[-1] for command in cloud.take_commands() if command[1:3] == ["storage", "rsync"]]
    assert targets.index("gs://bucket/dags/include") < targets.index("gs://bucket/dags")


def test_an_environment_of_another_image_is_left_alone(cloud: Cloud):
    cloud.change(software={"imageVersion": "composer-3-airflow-2.10.5-build.1"})
    assert "make an environment with composer-3-airflow-3.3.1" in refusal()
    assert [command for command in cloud.take_commands() if "describe" not in command] == []


def test_a_dag_that_fails_to_import_there_fails_the_deployment(cloud: Cloud):
    path = "/home/airflow/gcs/dags/customer_profiles.py"
    cloud.change(import_errors=[{"filepath": path, "error": "No module named 'xgboost'"}])
    assert "customer_profiles.py fails to import in shop: No module named 'xgboost'" in refusal()


def test_another_teams_import_error_does_not_fail_it(cloud: Cloud):
    cloud.change(import_errors=[{"filepath": "/home/airflow/gcs/dags/theirs.py", "error": "?"}])
    deploy()


@pytest.mark.parametrize(
    ("plugin", "airflow", "verdict"),
    [
        ("404 text/html; charset=utf-8", OK, "proxy does not pass them"),
        ("302 ", OK, "The endpoint on its own"),
        ("403 text/html", "403 text/html", "check your access to the web server"),
        ("404 application/json", OK, "proxy does not pass them"),
    ],
)
def test_a_plugin_that_is_not_reached_fails_the_deployment_and_says_why(cloud: Cloud, plugin, airflow, verdict):
    cloud.change(routes={"plugin": plugin, "airflow": airflow})
    assert verdict in refusal()


@pytest.mark.parametrize(
    ("plugin", "verdict"),
    [(OK, "answers through Composer's proxy."), ("403 application/problem+json", "give your account a role")],
)
def test_a_plugin_that_answers_passes(cloud: Cloud, plugin, verdict):
    cloud.change(routes={"plugin": plugin, "airflow": OK})
    assert verdict in deploy()[-1]


def test_the_access_token_is_neither_printed_nor_an_argument(cloud: Cloud):
    shown = deploy()
    assert "the-token" not in "".join(shown)
    assert "the-token" not in str(cloud.take_commands())


def test_without_gcloud_the_person_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeployError, match="gcloud is missing: install"):
        Shell(dry_run=False, say=lambda line: None).run("gcloud", "version")


def test_a_command_that_fails_is_named(cloud: Cloud):
    with pytest.raises(DeployError, match="exit code 1: gcloud nonsense"):
        Shell(dry_run=False, say=lambda line: None).run("gcloud", "nonsense")


BAD = {
    "no file": (None, "cannot be read"),
    "no TOML": ("image = ", "cannot be read"),
    "Airflow's own variable": ('image = "i"\n[variables]\nAIRFLOW__CORE__X = "1"', "is refused by Composer"),
    "no option": ('image = "i"\n[airflow]\nparallelism = "1"', "is no option"),
}


@pytest.mark.parametrize(("text", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_wrong_settings_file_is_refused_before_anything_runs(cloud: Cloud, tmp_path, text, sentence):
    file = tmp_path / "other.toml"
    if text is not None:
        file.write_text(text)
    assert sentence in refusal("--settings", str(file))
    assert cloud.take_commands() == []


def test_the_settings_are_variables_that_the_code_reads_and_options_that_airflow_has():
    from airflow.configuration import conf

    deployment = settings.read()
    assert set(deployment.variables) <= set(VARIABLES.values()) | {"LIGHTSPEED_DOMAIN_PREFIX"}
    for option in deployment.airflow:
        section, _, name = option.partition("-")
        assert conf.has_option(section, name), option
    assert (ROOT / f"requirements/{deployment.image}.lock").exists()


def test_every_pool_that_a_dag_names_is_deployed():
    from airflow.dag_processing.dagbag import DagBag

    dags = DagBag(dag_folder=str(ROOT / "dags"), safe_mode=False).dags.values()
    named = {task.pool for dag in dags for task in dag.tasks} - {"default_pool"}
    assert named == {pool.name for pool in settings.read().pools}
