"""The tree is what the documents say: commands, links, pins; and nothing of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs import documents
from tests.docs.documents import ROOT

IMAGE = "composer-3-airflow-3.3.1"
REQUIRED = (
    *("README.md", "CHANGELOG.md", "Makefile", "Dockerfile", "pyproject.toml", "requirements.txt", ".ci/run"),
    *("dags/lightspeed_to_bigquery.py", "dags/customer_profiles.py", "include/sql", "include/settings.py"),
    *("plugins", "sandbox", "tests", "docs/integration-guide.md", "docs/openapi.json", "docs/model-card.md"),
    *(f"requirements/{IMAGE}.in", f"requirements/{IMAGE}.lock"),
)
COMMANDS = {"demo", "test", "help", "predict"}


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    return [ROOT / name for name in names if (ROOT / name).is_file()]


@pytest.mark.parametrize("path", REQUIRED)
def test_required_path_exists(path):
    assert (ROOT / path).exists()


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else():
    lines = [line.strip() for line in read(".ci/run").splitlines()]
    commands = [line for line in lines if line and not line.startswith(("#", "cd ", "set "))]
    assert [command.removeprefix("exec ") for command in commands] == ["make test"]
    assert "test" in documents.make_commands(read("README.md"))


def test_make_help_lists_every_documented_command():
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    listed = {line.split()[0] for line in shown.splitlines() if line.strip()}
    documented = documents.make_commands(read("README.md"))
    assert documented | COMMANDS <= listed
    assert listed <= documents.make_targets(read("Makefile"))


@pytest.mark.parametrize("path", documents.markdown_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_document_names_commands_and_files_that_exist(path):
    assert documents.make_commands(path.read_text("utf-8")) <= documents.make_targets(read("Makefile"))
    assert documents.broken_links(path) == []


def test_readme_opens_with_what_it_does_and_the_two_commands():
    top = "\n".join(read("README.md").splitlines()[:40])
    assert {"demo", "test"} <= documents.make_commands(top)


def test_requirements_are_plain_pins_of_what_the_image_lacks():
    requirements = read("requirements.txt")
    assert documents.lines_that_are_no_pins(requirements) == []
    lacking = documents.not_in_the_image(read(f"requirements/{IMAGE}.in"))
    in_image = documents.locked(read(f"requirements/{IMAGE}.lock")).keys() - lacking
    assert documents.pins(requirements).keys() & in_image == set()
    assert documents.pins(requirements).keys() == lacking


def test_requirements_have_the_versions_that_the_tests_ran_with():
    lock = documents.locked(read(f"requirements/{IMAGE}.lock"))
    for name, version in documents.pins(read("requirements.txt")).items():
        assert lock[name] == version


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.name)
def test_lock_checks_every_hash(lock):
    assert len(documents.locked(lock.read_text("utf-8"))) >= 3
    assert documents.without_hash(lock.read_text("utf-8")) == []


def test_every_environment_is_installed_from_checked_hashes():
    assert '"pip", "install", "--quiet", "--require-hashes"' in read("sandbox/bootstrap.py")
    assert re.search(r"RUN uv pip install .*--require-hashes", read("Dockerfile"))
    named = set(re.findall(r"\b[\w.-]+\.lock\b", read("sandbox/bootstrap.py")))
    assert named == {path.name for path in (ROOT / "requirements").glob("*.lock")}


def test_dockerfile_has_the_locked_airflow_and_python():
    base = re.search(r"^FROM apache/airflow:([\d.]+)-python([\d.]+)", read("Dockerfile"), re.MULTILINE)
    assert base
    assert base[1] == documents.locked(read(f"requirements/{IMAGE}.lock"))["apache-airflow"]
    assert f'requires-python = ">={base[2]}' in read("pyproject.toml")
    assert base[1] in IMAGE


def test_no_file_names_a_path_of_the_machine_that_it_was_written_on():
    named = {}
    assert tracked_files()
    for path in tracked_files():
        try:
            found = documents.paths_of_this_machine(path.read_text("utf-8"))
        except UnicodeDecodeError:
            continue
        if found:
            named[path.relative_to(ROOT).as_posix()] = found
    assert named == {}
