"""Deployment and operations: every step is a command that parses, every query one that runs."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.docs.documents import ROOT

FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = ("docs/deployment.md", "docs/operations.md", "docs/privacy.md")


def blocks(document: str, language: str) -> list[str]:
    return [text for kind, text in FENCE.findall((ROOT / document).read_text("utf-8")) if kind == language]


COMMANDS = [text for document in DOCUMENTS for text in blocks(document, "bash")]
QUERIES = [text for document in DOCUMENTS for text in blocks(document, "sql")]


def first(text: str) -> str:
    return text.strip().splitlines()[0][:60]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_is_a_shell_command_or_a_query(document):
    kinds = {kind for kind, _ in FENCE.findall((ROOT / document).read_text("utf-8"))}
    assert kinds <= {"bash", "sql"}
    assert "```\n\n```" not in (ROOT / document).read_text("utf-8")


@pytest.mark.parametrize("text", COMMANDS, ids=first)
def test_a_command_parses_and_asks_for_nothing_to_be_filled_in(text):
    checked = subprocess.run(["bash", "-n", "-u"], input=text, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert not re.search(r"<[a-z-]+>|…|\.\.\.", text)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_variable_is_set_before_it_is_used(document):
    known: set[str] = {"PROJECT", "REGION", "ENVIRONMENT"} if document.endswith("operations.md") else set()
    for text in blocks(document, "bash"):
        known |= set(re.findall(r"\b([A-Z][A-Z0-9_]*)=", text)) | set(re.findall(r"read -rs ([A-Z][A-Z0-9_]*)", text))
        assert set(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", text)) <= known


def test_the_dry_run_of_the_document_prints_the_commands(monkeypatch):
    command = next(line for text in COMMANDS for line in text.splitlines() if "DRY_RUN=1" in line)
    assert command.startswith("make deploy ")
    monkeypatch.setenv("ENVIRONMENT", "shop")
    monkeypatch.setenv("REGION", "us-central1")
    script = f'make() {{ command make --no-print-directory SHELL=/bin/bash -o setup "$@"; }}; {command}'
    printed = subprocess.run(["bash", "-c", script], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "gcloud composer environments describe shop --location=us-central1" in printed
    assert printed.count("gcloud storage rsync") == 5


@pytest.mark.services
@pytest.mark.parametrize("query", QUERIES, ids=first)
def test_a_runbooks_query_runs(query, bigquery_client, dataset):
    if "INFORMATION_SCHEMA" in query:
        query = query.replace("livhana_prod.INFORMATION_SCHEMA", f"{dataset}.INFORMATION_SCHEMA")
    list(bigquery_client.query_and_wait(query.replace("livhana_prod.", f"{dataset}.")))
