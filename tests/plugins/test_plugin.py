"""The plugin as Airflow loads it: one file, cheap in every process, and on `plugins/` alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.plugins.api_server import SIMPLE, airflow_environment, run

LOAD = """
import json, sys
from airflow import plugins_manager
before = set(sys.modules)
plugins, errors = plugins_manager._load_plugins_from_plugin_directory(*sys.argv[1:])
mine = [plugin for plugin in plugins if plugin.name == "customer_profiles"]
loaded = sorted(set(sys.modules) - before)
apps = [(app["url_prefix"], type(app["app"]).__name__) for app in mine[0].fastapi_apps]
everything = sorted(sys.modules)
print(json.dumps({"errors": errors, "loaded": loaded, "apps": apps, "path": sys.path, "all": everything}))
"""


def test_only_the_plugin_file_is_imported_and_the_app_stands_on_plugins_alone(tmp_path: Path):
    environment = airflow_environment(tmp_path, SIMPLE)
    folder = environment["AIRFLOW__CORE__PLUGINS_FOLDER"]
    seen = json.loads(run(sys.executable, "-c", LOAD, folder, environment=environment).splitlines()[-1])
    assert seen["errors"] == {}
    assert seen["loaded"] == ["customer_profiles_plugin"]
    assert seen["apps"] == [["/customer-profiles", "FastAPI"]]
    assert str(Path(folder).parent) not in seen["path"]
    assert not {"include", "dags", "google.cloud.bigquery", "pandas"} & set(seen["all"])
