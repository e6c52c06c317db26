"""Imports run one way, production does not know its stand-ins, times are injected, SQL lives in SQL files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dags import code_rules
from tests.dags.code_rules import MAY_NOT_IMPORT, PRODUCTION, ROOT, python_files, text_files

WITH_IMPORT_RULES = [folder for folder in MAY_NOT_IMPORT if (ROOT / folder).exists()]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def files_of(*folders: str) -> list[Path]:
    return [path for folder in folders for path in python_files(ROOT / folder)]


@pytest.mark.parametrize("folder", PRODUCTION)
def test_there_is_code_to_check(folder):
    assert python_files(ROOT / folder)
    assert len(text_files(ROOT / folder)) >= len(python_files(ROOT / folder))


@pytest.mark.parametrize("path", files_of(*WITH_IMPORT_RULES), ids=relative)
def test_imports_run_one_way(path):
    assert code_rules.wrong_imports(path.read_text("utf-8"), relative(path).split("/", maxsplit=1)[0]) == []


@pytest.mark.parametrize("folder", PRODUCTION)
def test_production_does_not_know_its_local_stand_ins(folder):
    named = {relative(path): code_rules.local_words(path.read_text("utf-8")) for path in text_files(ROOT / folder)}
    assert {path: words for path, words in named.items() if words} == {}


@pytest.mark.parametrize("path", files_of("include", "dags"), ids=relative)
def test_the_present_time_is_injected(path):
    assert code_rules.clock_reads(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", files_of(*PRODUCTION), ids=relative)
def test_times_have_a_time_zone(path):
    assert code_rules.naive_datetimes(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", files_of(*PRODUCTION), ids=relative)
def test_sql_lives_in_sql_files(path):
    assert code_rules.sql_texts(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", files_of(*PRODUCTION, "deploy"), ids=relative)
def test_nothing_that_is_read_becomes_code_a_command_or_a_formula(path):
    assert code_rules.unsafe_calls(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", files_of(*PRODUCTION, "sandbox"), ids=relative)
def test_files_and_functions_can_be_read_in_one_go(path):
    assert code_rules.too_long(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("dags", "from plugins import customer_profiles_api"),
        ("dags", "import sandbox.stack"),
        ("include", "import dags"),
        ("include", "def f():\n    from sandbox.stack import Stack"),
        ("include", "importlib.import_module('sandbox.stack')"),
        ("include", "from tests import conftest"),
        ("plugins", "from include.settings import Settings"),
        ("plugins", "import dags.customer_profiles"),
        ("sandbox", "import dags"),
    ],
)
def test_a_wrong_import_is_found(folder, source):
    assert len(code_rules.wrong_imports(source, folder)) == 1


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("dags", "from include.landing import tasks"),
        ("plugins", "from .settings import Settings"),
        ("plugins", "from airflow.plugins_manager import AirflowPlugin"),
        ("sandbox", "from include.settings import Settings"),
        ("include", "from jinja2.sandbox import ImmutableSandboxedEnvironment"),
    ],
)
def test_a_right_import_passes(folder, source):
    assert code_rules.wrong_imports(source, folder) == []


@pytest.mark.parametrize(
    "text", ["the sandbox", "BIGQUERY_EMULATOR_HOST", "if Simulator:", "emulators", "-- for the emulator"]
)
def test_a_local_word_is_found(text):
    assert len(code_rules.local_words(text)) == 1


@pytest.mark.parametrize("text", ["from jinja2.sandbox import X", "a sandboxed environment", "simulated annealing"])
def test_another_word_passes(text):
    assert code_rules.local_words(text) == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.datetime.now(tz=dt.UTC)",
        "dt.datetime.utcnow()",
        "datetime.now()",
        "date.today()",
        "time.time()",
        "clock = time.time",
        "pd.Timestamp.now('UTC')",
        "field(default_factory=datetime.utcnow)",
        "def soon():\n    return dt.datetime.now(dt.UTC)",
    ],
)
def test_a_read_of_the_clock_is_found(source):
    assert len(code_rules.clock_reads(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "clock()",
        "time.monotonic()",
        "self.now",
        "def utc_now():\n    return dt.datetime.now(dt.UTC)",
        "sale.time",
    ],
)
def test_an_injected_time_passes(source):
    assert code_rules.clock_reads(source) == []


def test_a_naive_datetime_is_found():
    assert len(code_rules.naive_datetimes("dt.datetime(2026, 1, 1)")) == 1
    assert code_rules.naive_datetimes("dt.datetime(2026, 1, 1, tzinfo=dt.UTC)") == []


@pytest.mark.parametrize(
    "source",
    [
        "f'SELECT * FROM `{dataset}.sales`'",
        "'''\n  select_list = 1\n  DELETE FROM x WHERE TRUE'''",
        "'CREATE OR REPLACE TABLE ' + name",
        "'INSERT INTO {} VALUES (1)'.format(table)",
        "'MERGE %s' % table",
        "f'UPDATE {t} SET a = 1'",
        "'BEGIN TRANSACTION; '",
    ],
)
def test_sql_in_python_is_found(source):
    assert len(code_rules.sql_texts(f"query = {source}")) >= 1


@pytest.mark.parametrize(
    "source",
    [
        "'Select a customer.'",
        "'UPDATED'",
        "'''WITHOUT rows'''",
        "def f():\n    '''SELECT is in a docstring.'''",
    ],
)
def test_other_text_passes(source):
    assert code_rules.sql_texts(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "def f():\n    import csv",
        "importlib.import_module('dill')",
        "eval(text)",
        "exec(text)",
        "yaml.load(text)",
        "os.system(name)",
        "subprocess.run(name, shell=True)",
        "np.load(file)",
        "numpy.loads(file, allow_pickle=True)",
        "pd.read_pickle(file)",
        "frame.to_csv(file)",
        "session.get(url, verify=False)",
        "session.get(url, allow_redirects=True)",
        "Environment(autoescape=False)",
    ],
)
def test_an_unsafe_call_is_found(source):
    assert len(code_rules.unsafe_calls(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "json.load(file)",
        "yaml.safe_load(text)",
        "re.compile(x)",
        "model.eval()",
        "session.get(url, verify=True)",
        "x.csv()",
    ],
)
def test_a_safe_call_passes(source):
    assert code_rules.unsafe_calls(source) == []


def test_a_long_file_and_a_long_function_are_found():
    body = "\n".join(["def long():", *["    x = 1"] * 61, *["y = 1"] * 400])
    assert code_rules.too_long(body) == ["line 1: long has 62 lines", "the file has 462 lines"]
    assert code_rules.too_long("def short():\n    return 1") == []
