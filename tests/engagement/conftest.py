"""The three sources of engagement on the session's services."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.datasets import empty
from tests.engagement.pipeline import Engagement, opened


@pytest.fixture(scope="module")
def engagement(bigquery_client, shared_dataset: str, storage_emulator: str) -> Iterator[Engagement]:
    """Sources and an empty dataset, shared by a module's tests: what a test leaves is part of what must be there."""
    with opened(bigquery_client, shared_dataset, storage_emulator) as made:
        yield made
    empty(bigquery_client, shared_dataset)
