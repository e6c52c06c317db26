"""The parse benchmark tells a heavy DAG file from a light one."""

from __future__ import annotations

from benchmarks.parse import measure


def test_a_file_that_is_slow_to_parse_is_told_from_a_quick_one(tmp_path):
    quick, slow = tmp_path / "quick.py", tmp_path / "slow.py"
    quick.write_text("VALUE = 1\n")
    slow.write_text("import time\n\ntime.sleep(1.5)\n")
    found = measure([quick, slow], turns=1)
    assert found["slow.py"] > found["quick.py"] + 0.7
