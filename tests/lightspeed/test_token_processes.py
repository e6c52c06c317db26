"""The token pair under real processes: several refresh at once, and one is killed between refresh and save."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.stack import Ports, Stack

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]
FIRST = {"r_series": SimulatorSettings().refresh_token, "x_series": SimulatorSettings().x_refresh_token}


class Vault:
    """One secret of the simulator, as an operator sees it."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.secret = f"projects/demo/secrets/{name}"
        self._http = httpx.Client(base_url=f"{stack.secrets_url}/v1", headers={"Authorization": "Bearer google"})
        self._http.post("/projects/demo/secrets", params={"secretId": name}, json={}).raise_for_status()

    def put(self, **pair: str) -> None:
        data = base64.b64encode(json.dumps(pair).encode()).decode()
        self._http.post(f"/{self.secret}:addVersion", json={"payload": {"data": data}}).raise_for_status()

    def pair(self) -> tuple[int, dict[str, str]]:
        found = self._http.get(f"/{self.secret}/versions/latest:access").json()
        pair = json.loads(base64.b64decode(found["payload"]["data"]))
        return int(found["name"].rpartition("/")[2]), pair

    def annotations(self) -> dict[str, str]:
        return self._http.get(f"/{self.secret}").json().get("annotations", {})


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path, Ports.free()) as stack:
        stack.start_lightspeed("--max-history-sales", "20", "--speed", "0", "--registers", "200")
        yield stack


def worker(stack: Stack, vault: Vault, series: str, *how: str, at: float = 0.0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.lightspeed.token_worker", series, stack.lightspeed_url]
    return subprocess.Popen(
        [*command, stack.secrets_url, vault.secret, str(at), *how],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=120)[0].strip()


def test_of_many_processes_one_refreshes_and_a_kill_costs_what_the_series_says(stack: Stack):
    """One test, since starting the simulators is most of its time: a race and a kill on each series."""
    for series, first in FIRST.items():
        vault = Vault(stack, series.replace("_", "-"))
        vault.put(refresh_token=first)
        racers = [worker(stack, vault, series, at=time.time() + 4) for _ in range(4)]
        assert all(text.startswith("read ") for text in map(output, racers))
        version, pair = vault.pair()
        assert version == 2
        assert vault.annotations() == {}

        # The stored pair has ended, and the process that renews it is killed before it can store the new one.
        ended = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        vault.put(**(pair | {"expires_at": ended}))
        killed = worker(stack, vault, series, "die")
        output(killed)
        assert killed.returncode == -signal.SIGKILL
        assert set(vault.annotations()) == {"lightspeed-token-lease"}
        _expire_lease(stack, vault)
        text = output(worker(stack, vault, series))
        if series == "r_series":
            # The old refresh token lives until the new access token is used, and that one died with its process.
            assert text.startswith("read ")
            continue
        # On X-Series it died when the new one was issued: nobody has a pair any more, and the sentence says so.
        assert "AuthenticationFailed" in text
        assert "authorise the app again" in text
        assert pair["refresh_token"] not in text

        # Pairs are renewed hours ahead: a kill then leaves an access token that serves until somebody has done so.
        now = datetime.now(UTC)
        times = {"expires_at": now + timedelta(hours=5), "issued_at": now - timedelta(hours=19)}
        vault.put(**(pair | {name: moment.isoformat() for name, moment in times.items()}))
        text = output(worker(stack, vault, series))
        assert "Sales stop at" in text
        assert text.splitlines()[-1].startswith("read ")


def _expire_lease(stack: Stack, vault: Vault) -> None:
    """Let the dead worker's lease end now instead of in three minutes."""
    body = {"annotations": {"lightspeed-token-lease": f"gone {time.time() - 1:.0f}"}}
    url = f"{stack.secrets_url}/v1/{vault.secret}"
    httpx.patch(url, params={"updateMask": "annotations"}, json=body).raise_for_status()
