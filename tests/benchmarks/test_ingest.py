"""The ingest benchmark at a tiny size: what it reports is what BigQuery holds, and a failure is one."""

from __future__ import annotations

import sys

import pytest

from benchmarks import ingest
from benchmarks.pages import render
from benchmarks.processes import run
from sandbox.process import SandboxError


def test_the_peak_counts_the_children_of_a_program(tmp_path):
    hog = "data = bytearray(80 * 1024 * 1024); import time; time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hog!r}])"
    family = run([sys.executable, "-c", parent], {}, tmp_path / "family.log")
    assert family.peak_rss_mib > 80, "the parent itself has some ten"
    assert family.seconds >= 1


def test_a_program_that_fails_fails_the_benchmark_with_its_last_words(tmp_path):
    with pytest.raises(SandboxError, match="out of paper"):
        run([sys.executable, "-c", "raise SystemExit('out of paper')"], {}, tmp_path / "log")


@pytest.mark.services
def test_a_backfill_reports_the_rows_that_bigquery_has(tmp_path, monkeypatch):
    pages = tmp_path / "pages"
    pages.mkdir()
    rendered = render(pages, 3000)
    found = ingest.backfill("production", tmp_path / "run", pages, 1)
    assert found.rows == sum(page.lines for page in rendered)
    assert found.rows_per_s == pytest.approx(found.rows / found.seconds, rel=0.01)
    assert found.requests >= len(rendered) + 1
    assert found.peak_rss_mib > 50
    assert found.total > 0
    # A program that does nothing is no fast backfill.
    idle = [sys.executable, "-c", "from sandbox.stack import ROOT"]
    monkeypatch.setattr(ingest, "_loaded", lambda *_: (0, None))
    monkeypatch.setattr(ingest, "_command", lambda *_: idle)
    with pytest.raises(SandboxError, match="production left 0 rows of"):
        ingest.backfill("production", tmp_path / "idle", pages, 1)
