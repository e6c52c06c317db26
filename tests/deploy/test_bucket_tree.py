"""The tree that lands in the bucket, used as Composer uses it: nothing of this checkout is on any path."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.bucket import assemble, dag_ids
from deploy.settings import ROOT
from include.warehouse.sql import table_files

OPEN_BAG = """
import json, sys
from pathlib import Path
from airflow.configuration import conf
from airflow.dag_processing.dagbag import BundleDagBag
folder = Path(conf.get("core", "dags_folder"))
bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
"""
"""As the DAG processor opens its bundle: the folder comes onto the Python path."""

IMPORT_DAGS = f"""{OPEN_BAG}
import include
print(json.dumps(dict(
    dags=dict((name, len(dag.tasks)) for name, dag in bag.dags.items()),
    errors=bag.import_errors,
    files=sorted(path for module in sys.modules.values() if (path := getattr(module, "__file__", None) or "")),
    include=include.__file__,
)))
"""

RENDER_SQL = f"""{OPEN_BAG}
from include.warehouse.sql import render, table_files
print(json.dumps(dict((path, len(render(path, dataset="p.d"))) for path in table_files())))
"""

LOAD_PLUGIN = """
import json, sys
from airflow import plugins_manager
plugins, errors = plugins_manager._load_plugins_from_plugin_directory(sys.argv[1])
[mine] = [plugin for plugin in plugins if plugin.name == "customer_profiles"]
[mounted] = mine.fastapi_apps
document = mounted["app"].openapi()
print(json.dumps({
    "errors": errors,
    "paths": sorted(document["paths"]),
    "prefix": mounted["url_prefix"],
    "modules": sorted(sys.modules),
    "files": sorted(path for module in sys.modules.values() if (path := getattr(module, "__file__", None) or "")),
}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bucket's tree, in a folder that is nowhere near the checkout."""
    target = tmp_path_factory.mktemp("bucket") / "gcs"
    assemble(target)
    return target


def child(program: str, tree: Path, home: Path, *arguments: str, dags: str = "dags") -> Any:
    """What a program prints in a process of its own, as an Airflow component on Composer is set up."""
    foreign = ("AIRFLOW", "PYTHONPATH", "BIGQUERY", "GOOGLE", "GCP", "LIGHTSPEED")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tree / dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(tree / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=False,
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def of_checkout(files: list[str]) -> list[str]:
    folders = tuple(f"{ROOT / name}/" for name in ("dags", "include", "plugins", "sandbox", "tests", "deploy"))
    return [path for path in files if path.startswith(folders)]


def test_the_dags_import_from_the_bucket_with_include_beside_them(tree, tmp_path):
    seen = child(IMPORT_DAGS, tree, tmp_path)
    assert seen["errors"] == {}
    assert sorted(seen["dags"]) == dag_ids()
    assert all(seen["dags"].values())
    assert seen["include"] == str(tree / "dags" / "include" / "__init__.py")
    assert of_checkout(seen["files"]) == []


def test_the_sql_is_found_from_the_bucket(tree, tmp_path):
    lengths = child(RENDER_SQL, tree, tmp_path)
    assert set(lengths) == set(table_files())
    assert all(lengths.values())


def test_the_plugin_loads_without_the_dags_folder(tree, tmp_path):
    seen = child(LOAD_PLUGIN, tree, tmp_path, str(tree / "plugins"), dags="none")
    assert seen["errors"] == {}
    assert seen["prefix"] == "/customer-profiles"
    assert "/v1/customers/{customer_id}" in seen["paths"]
    assert not {"include", "dags"} & set(seen["modules"])
    assert of_checkout(seen["files"]) == []


def test_the_tree_is_the_code_and_nothing_else(tmp_path):
    tree = tmp_path / "gcs"  # the other tests' tree has what Python compiles in it
    assemble(tree)
    files = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "dags", "include", "plugins"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    wanted = {f"dags/{path}" if path.startswith("include/") else path for path in tracked if (ROOT / path).exists()}
    assert files == wanted | {"dags/.airflowignore"}


def test_airflow_looks_for_no_dags_among_the_libraries(tree):
    from airflow.utils.file import list_py_file_paths

    found = {Path(path).relative_to(tree / "dags").as_posix() for path in list_py_file_paths(str(tree / "dags"))}
    assert found == {f"{name}.py" for name in dag_ids()}
