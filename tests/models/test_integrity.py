"""Models are loaded from XGBoost's JSON alone, and only if they are the ones that were trained."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from include.models import artifacts, boosting, integrity, registry
from include.models.artifacts import Models
from include.models.integrity import ModelFileError
from include.models.products import Ranker
from tests.models.frames import AS_OF
from tests.replay.bucket import BUCKET, Bucket


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def models() -> Models:
    rows = xgb.DMatrix(np.arange(40.0).reshape(20, 2), np.arange(20) % 2)
    booster = xgb.train({"nthread": 1, "objective": "binary:logistic"}, rows, 2)
    return Models(AS_OF, 30, None, 0.05, "Too little.", Ranker(booster))


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def storage(bucket: Bucket) -> Any:
    return bucket


@pytest.fixture
def version(storage: Any) -> str:
    return registry.save(storage, BUCKET, models())


def test_models_that_were_saved_are_loaded(storage: Any, version: str):
    loaded = registry.load(storage, BUCKET, version)
    assert artifacts.to_files(loaded) == artifacts.to_files(models())


@pytest.mark.parametrize("name", ["likely_products.ubj", "models.json"])
def test_a_file_that_was_changed_is_not_loaded(storage: Any, bucket: Bucket, version: str, name: str, tmp_path: Path):
    path = f"models/{version}/{name}"
    whole = bucket.objects[path]
    for changed in (
        *(pickle.dumps(Evil(tmp_path / "ran")), b"", b"{}", b"null", b"[" * 100_000, whole[:-1], whole + b" "),
        *(whole.replace(b"0", b"1"), b"{L\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x00" * 1000),
    ):
        bucket.objects[path] = changed
        with pytest.raises(ModelFileError, match="changed after its training"):
            registry.load(storage, BUCKET, version)
    assert not (tmp_path / "ran").exists()
    bucket.objects[path] = whole
    assert registry.load(storage, BUCKET, version).reason == "Too little."


def test_a_file_that_was_added_is_not_loaded(storage: Any, bucket: Bucket, version: str):
    bucket.objects[f"models/{version}/churn.ubj"] = bucket.objects[f"models/{version}/likely_products.ubj"]
    with pytest.raises(ModelFileError, match="changed after its training"):
        registry.load(storage, BUCKET, version)


def test_a_file_of_any_size_is_not_loaded(storage: Any, bucket: Bucket, version: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "LARGEST_FILE", 1000)
    bucket.objects[f"models/{version}/models.json"] = b" " * 1001
    with pytest.raises(ValueError, match="see who has written it"):
        registry.load(storage, BUCKET, version)


@pytest.mark.parametrize(
    "version",
    ["", "..", "../../other", "2025-01-01-0123456789ab/../x", "2025-01-01-0123456789ab\n", "2025-01-01-0123456789AB"],
)
def test_what_is_no_version_names_no_object(storage: Any, bucket: Bucket, version: str):
    with pytest.raises(ModelFileError, match="is no model version"):
        registry.load(storage, BUCKET, version)
    assert bucket.asked == []
    with pytest.raises(ModelFileError):
        integrity.check_files({"models.json": json.dumps({"as_of": version}).encode()}, version + "x")


def test_no_other_format_than_xgboosts_json_is_read(tmp_path: Path):
    for content in (pickle.dumps(Evil(tmp_path / "ran")), b"binf" + b"\x00" * 100, b"", b"[1]", b"\x80\x04."):
        with pytest.raises(ValueError, match="nothing else is ever loaded"):
            boosting.from_bytes(content)
    assert not (tmp_path / "ran").exists()
