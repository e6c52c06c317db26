"""Who was forgotten, known by keyed hashes only.

Lightspeed's R-Series counts customers 1, 2, 3, …: a plain hash of an id is undone by hashing all of them. The hash
here is of the id behind a secret key (`FORGET_KEY`), which lies in no table and no object; who reads the tables cannot
tell who was forgotten. A row says which key it was made with: with another key nobody would be recognised, so
whoever meets such a row stops.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

_GMAIL = frozenset({"gmail.com", "googlemail.com"})

MIN_KEY_LENGTH = 16
"""Characters that a key must have before anybody is forgotten with it."""


def digest(key: str, text: str) -> str:
    """SHA-256 of key and text in lower-case hexadecimal: `TO_HEX(SHA256(CONCAT(@forget_key, text)))` in SQL."""
    return hashlib.sha256(f"{key}{text}".encode()).hexdigest()


def key_id(key: str) -> str:
    """Eight hexadecimal digits that tell one key from another without giving it away."""
    return hashlib.sha256(f"which key: {key}".encode()).hexdigest()[:8]


def require_key(key: str) -> None:
    """Refuse to forget anybody with a key that can be guessed.

    Raises:
        ValueError: the key is missing or short.
    """
    if len(key) < MIN_KEY_LENGTH:
        raise ValueError(
            f"FORGET_KEY has {len(key)} characters: set it to at least {MIN_KEY_LENGTH} random ones, the same for the "
            "DAGs and the profile API, and keep it; docs/privacy.md says why."
        )


@dataclasses.dataclass(frozen=True)
class Forgotten:
    """The people who were forgotten, as far as was read."""

    key: str = ""
    customers: frozenset[str] = frozenset()
    """Hashes of Lightspeed's ids."""
    identities: frozenset[str] = frozenset()
    """Hashes of addresses, handles and whatever else other sources know them by."""

    def __bool__(self) -> bool:
        return bool(self.customers)

    def __len__(self) -> int:
        return len(self.customers)

    def __contains__(self, customer_id: str) -> bool:
        return digest(self.key, customer_id) in self.customers

    def names(self, value: str) -> bool:
        """Whether a value is what another source knows one of them by."""
        return digest(self.key, normalised(value)) in self.identities


NOBODY = Forgotten()


def normalised(value: str) -> str:
    """An identity as it is hashed and compared: `forgetting/normalised.jinja` in SQL.

    Lower case, without outer spaces and a leading @; an address without +tag, and at Gmail without dots.
    """
    text = value.strip().lower().lstrip("@")
    local, at, domain = text.partition("@")
    if not at or not local:
        return text
    bare = local.partition("+")[0] or local
    return f"{bare.replace('.', '')}@gmail.com" if domain in _GMAIL else f"{bare}@{domain}"


def read(client: bigquery.Client, dataset: str, key: str) -> Forgotten:
    """Everybody who was forgotten so far.

    Raises:
        RuntimeError: some were forgotten with another key.
    """
    rows = list(client.query_and_wait(render("forgotten_customers/all.sql", dataset=dataset)))
    if others := {row["key_id"] for row in rows} - {key_id(key)}:
        raise RuntimeError(
            f"forgotten_customers has rows of the keys {', '.join(sorted(others))}, FORGET_KEY is {key_id(key)}: "
            "set the key that they were made with, or they would come back."
        )
    customers = {row["sha256"] for row in rows if row["is_customer"]}
    return Forgotten(key, frozenset(customers), frozenset(row["sha256"] for row in rows) - customers)
