"""The three sources of engagement on the session's services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engagement.pipeline import Engagement, opened


@pytest.fixture
def engagement(bigquery_client, dataset: str, storage_emulator: str) -> Iterator[Engagement]:
    """Sources without anything, and a dataset without a row."""
    with opened(bigquery_client, dataset, storage_emulator) as made:
        yield made
