"""Whose an e-mail address, a GA4 id or a social handle is: `customer_identities`, made anew from all evidence.

No match is ever made on a name, and what names several people matches nobody; `identity_matches` counts both.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.models.queries import Dataset

log = logging.getLogger(__name__)


def match(dataset: Dataset) -> None:
    """Fill `customer_identities` in one transaction, and log what could be matched and what could not."""
    dataset.execute("customer_identities/fill.sql")
    for row in dataset.execute("identity_matches/counts.sql"):
        log.info("%s: %s %s identities with %s events.", *row.values())
