from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_each_of_the_fifteen_pitfalls_of_the_two_apis_has_a_test_of_its_name():
    found = {
        int(number)
        for path in TESTS.rglob("test_*.py")
        for number in re.findall(r"^def test_pitfall_(\d\d)_", path.read_text(), re.MULTILINE)
    }
    assert found == set(range(1, 16))
