"""``python -m sandbox.lightspeed``: real HTTP on a real port, and the same store after a restart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sandbox.lightspeed.__main__ import main
from sandbox.process import free_port
from tests.sandbox.lightspeed.conftest import wait_for

ROOT = Path(__file__).parents[3]


def start(port: int, data: Path, sales: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sandbox.lightspeed", "--port", str(port), "--data", str(data)]
    command += ["--sales", str(sales), "--today", "2026-03-02", "--speed", "0"]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def stop(process: subprocess.Popen[bytes], how: int) -> None:
    process.send_signal(how)
    process.communicate(timeout=10)


def test_a_killed_simulator_starts_again_with_everything_it_had(tmp_path: Path, sales_file: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = start(port, tmp_path, sales_file)
    try:
        wait_for(base)
        made = httpx.post(f"{base}/_sandbox/sales", json={"lines": [{"price": "1.00"}]}).json()
        totals = httpx.get(f"{base}/_sandbox/totals").json()
    finally:
        stop(process, signal.SIGKILL)
    process = start(port, tmp_path, sales_file)
    try:
        wait_for(base)
        assert httpx.get(f"{base}/_sandbox/totals").json() == totals
        headers = {"authorization": "Bearer lsxs_pt_sandbox"}
        sale = httpx.get(f"{base}/api/2.0/sales/{made['x_sale_id']}", headers=headers).json()["data"]
        assert sale["version"] == made["version"]
    finally:
        stop(process, signal.SIGTERM)
    assert process.returncode in {0, -signal.SIGTERM}


def test_a_file_without_the_needed_columns_is_named(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"timestamp": [1], "quantity": [1]}), tmp_path / "bad.parquet")
    arguments = ["--port", "1", "--data", os.fspath(tmp_path), "--sales", os.fspath(tmp_path / "bad.parquet")]
    with pytest.raises(ValueError, match=r"bad\.parquet lacks the columns customer_id, product_id"):
        main(arguments)
