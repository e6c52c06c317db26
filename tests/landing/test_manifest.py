from __future__ import annotations

import json

import pytest

from include.landing.manifest import Manifest, split
from tests.landing.test_batch import make_batch

MANIFEST = Manifest(make_batch(), "livhana_prod", "2.0", {0: (1, 3), 4: ()}, "2026-01-02T03:04:05+00:00")


def test_a_manifest_is_the_same_after_its_journey_through_the_bucket():
    assert Manifest.from_json(json.loads(json.dumps(MANIFEST.to_json()))) == MANIFEST


def test_a_manifest_of_a_later_version_is_refused():
    with pytest.raises(ValueError, match="deploy the newer version first"):
        Manifest.from_json(MANIFEST.to_json() | {"format": 99})


def test_a_batchs_folder_is_where_its_raw_objects_are():
    batch = make_batch(raw_uris=["gs://landing/lightspeed/sales/dt=2026-01-02/batch=b/raw-00000.jsonl.gz"])
    assert split(batch.folder) == ("landing", "lightspeed/sales/dt=2026-01-02/batch=b")
