"""PostgreSQL for Airflow's metadata: found, not run by root, gone afterwards; one sentence where it is missing."""

from __future__ import annotations

import psycopg2
import pytest

from sandbox import postgres
from sandbox.postgres import Postgres, binaries
from sandbox.process import SandboxError

packaged = pytest.mark.skipif(
    not [*postgres.PACKAGED.glob("*/bin/initdb")], reason="PostgreSQL's server is not installed"
)


@packaged
@pytest.mark.services
def test_a_server_answers_under_its_own_password_and_leaves_nothing_behind():
    with Postgres() as server:
        address = server.url.replace("+psycopg2", "")
        with psycopg2.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            assert cursor.fetchone()[0].startswith(server.version)
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(address.replace(":" + server._password, ":wrong"))
        folder = server._folder
    assert not folder.exists()
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(address)


def test_the_newest_packaged_server_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    for version in ("9.6", "15", "14"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert binaries(tmp_path) == tmp_path / "15" / "bin"


def test_a_missing_server_is_one_sentence_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxError, match="apt-get install postgresql"):
        binaries(tmp_path)


@pytest.mark.parametrize(("names", "chosen"), [(("nobody", "postgres"), "postgres"), (("nobody",), "nobody")])
def test_root_gives_its_server_an_unprivileged_account(names, chosen, monkeypatch):
    accounts = [postgres.pwd.struct_passwd((name, "x", at + 7, at + 8, "", "/", "")) for at, name in enumerate(names)]
    monkeypatch.setattr(postgres.os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres.pwd, "getpwall", lambda: accounts)
    assert postgres.account() == (7 + names.index(chosen), 8 + names.index(chosen))


def test_everybody_else_runs_it_as_they_are(monkeypatch):
    monkeypatch.setattr(postgres.os, "geteuid", lambda: 1000)
    assert postgres.account() == (None, None)
