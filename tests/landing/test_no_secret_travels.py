"""The token is in the request and nowhere else: not in XCom, objects, ledger values, logs or errors."""

from __future__ import annotations

import dataclasses
import gzip
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from include.landing.batch import BEGINNING
from include.landing.commit import parameter_values
from include.landing.extract import Extractor
from include.lightspeed.errors import LightspeedError
from include.lightspeed.http import StaticToken, Transport
from include.lightspeed.r_series import RSeriesClient
from include.lightspeed.rate_limit import LeakyBucketPacer, WindowPacer
from include.lightspeed.x_series import XSeriesClient
from include.settings import Settings
from tests.lightspeed import test_r_records, test_x_records
from tests.lightspeed.scripted import Answer, FakeTime, Request, ScriptedServer
from tests.replay.bucket import BUCKET, Bucket

TOKEN = "lsxs_pt_CANARY"
SETTINGS = Settings(landing_bucket=BUCKET)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.shutdown()
    server.server_close()


def client_of(series: str, server: ScriptedServer, time: FakeTime) -> Any:
    pacer = WindowPacer() if series == "x_series" else LeakyBucketPacer()
    transport = Transport(server.url, StaticToken(TOKEN), pacer, clock=time.clock, sleep=time.sleep)
    if series == "x_series":
        return XSeriesClient(transport, clock=time.clock)
    return RSeriesClient(transport, "100001", clock=time.clock, page_size=1)


def answer(request: Request) -> Answer:
    """A page of one record and an odd one; R-Series then names a next page, which is empty."""
    if request.path.startswith("/API"):
        sale = {} if "after" in request.query else {"Sale": test_r_records.SALE}
        following = f"http://{request.headers['Host']}{request.target}&after=x" if sale else ""
        return Answer({"@attributes": {"next": following, "previous": ""}, **sale})
    if request.query["after"] != "0":
        return Answer({"data": [], "version": {"min": None, "max": None}})
    version = test_x_records.SALE["version"]
    odd = {"id": "odd", "version": version + 1, "status": "CLOSED"}
    return Answer({"data": [test_x_records.SALE, odd], "version": {"min": version, "max": version + 1}})


@pytest.mark.parametrize("series", ["x_series", "r_series"])
def test_what_an_extract_leaves_behind_has_no_token(series: str, server: ScriptedServer, caplog: Any):
    caplog.set_level(logging.DEBUG)
    bucket, time = Bucket(), FakeTime()
    hook: Any = bucket
    server.script = [Answer(status=500), answer]
    extractor = Extractor(client_of(series, server, time), hook, SETTINGS, "run", 1, time.clock)
    batch = extractor.extract("sales", BEGINNING)
    assert batch is not None
    assert batch.rows_loaded == 1
    assert server.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    stored = b"".join(gzip.decompress(data) if name.endswith(".gz") else data for name, data in bucket.objects.items())
    kept = [json.dumps(batch.to_xcom()), repr(parameter_values(batch)), repr(dataclasses.asdict(batch))]
    kept += [stored.decode(errors="replace"), *bucket.objects, repr(extractor), caplog.text]
    assert "failed" in caplog.text or "status 500" in caplog.text
    assert [text for text in kept if "CANARY" in text] == []


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("series", ["x_series", "r_series"])
def test_what_a_failed_extract_says_has_no_token(series: str, status: int, server: ScriptedServer, caplog: Any):
    caplog.set_level(logging.DEBUG)
    time, hook = FakeTime(), Bucket()
    echo = {"Location": f"https://evil.test/?token={TOKEN}", "Retry-After": "1"}
    server.script = [Answer(f"your token is {TOKEN}".encode(), status=status, headers=echo)]
    storage: Any = hook
    extractor = Extractor(client_of(series, server, time), storage, SETTINGS, "run", 1, time.clock)
    with pytest.raises(LightspeedError) as caught:
        extractor.extract("sales", BEGINNING)
    assert "CANARY" not in caplog.text + str(caught.value) + repr(caught.value)
    assert hook.objects == {}
