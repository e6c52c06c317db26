"""The threat model names tests that exist, a proof for every threat, and the figures of the fuzzing."""

from __future__ import annotations

import ast
import re

import pytest

from tests.docs.documents import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
THREATS = [line for line in TEXT.partition("## Threats")[2].partition("## What remains")[0].splitlines() if "|" in line]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in THREATS
    if not line.startswith(("| threat", "|-"))
]


def defined_in(path: str) -> dict[str, str]:
    """Name of every test of a file -> its decorators, as written."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {
        node.name: " ".join(map(ast.unparse, node.decorator_list))
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part)
def test_every_test_that_is_named_exists(path: str, name: str):
    assert name in defined_in(path)


def test_a_test_that_runs_only_in_test_full_is_marked_so():
    for path, name in NAMED:
        head = (ROOT / path).read_text("utf-8").partition("\ndef ")[0]
        is_full = "mark.full" in defined_in(path)[name] or bool(re.search(r"pytestmark = .*mark\.full", head))
        assert is_full == (f"{path}::{name}` (*full*)" in TEXT), name


def test_every_threat_has_its_kind_a_safeguard_and_a_proof():
    assert len(ROWS) > 30
    for threat, kinds, safeguard, proof in ROWS:
        assert threat
        assert safeguard
        assert re.fullmatch(r"[STRIDE]( [STRIDE])*", kinds)
        assert re.search(r"`tests/[\w/]+\.py::test_\w+`", proof)


def test_every_kind_of_threat_is_thought_of():
    assert {kind for row in ROWS for kind in row[1].split()} == set("STRIDE")


def test_the_figures_tell_of_enough_payloads_and_add_up():
    table = TEXT.partition("| | hypothesis | atheris |")[2].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table if row.startswith("|")]
    figures = {row[0]: [int(cell.replace(",", "")) for cell in row if re.fullmatch(r"[\d,]+", cell)] for row in cells}
    assert sum(figures["payloads"]) >= 100_000
    for at in (0, 1):
        outcomes = ("as rows", "open sales, without rows", "rejected")
        assert figures["payloads"][at] == sum(figures[name][at] for name in outcomes)
    assert figures["failures"] == [0, 0]
