"""One request: whom it is about and what they are known by, kept in the bucket for as long as it is worked on.

What a person is known by (old addresses, numbers) is read from what is about to be removed. A run that was killed
half-way would not find it again, so it lies in one object until the proof is written.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re

from include.forgetting.columns import RULES, Identity
from include.forgetting.people import digest, normalised

MIN_SEARCHED = 6
"""Characters below which a text is not searched for by itself: it would be found anywhere."""

MIN_UNIQUE_ID = 16
"""Characters from which on an id is searched for anywhere: X-Series' are UUIDs. A short one is searched for as the
value of a field that names customers."""

_RAW_FIELDS = ("customerID", "contactID")
"""Fields of raw records that hold R-Series' customer ids; contacts are numbered apart, but are never kept either."""

IDENTITY_KINDS = {
    "email": Identity.EMAIL,
    "phone": Identity.PHONE,
    "ga4_user_id": Identity.GA4_USER,
    "ga4_user_pseudo_id": Identity.GA4_PSEUDO,
    "instagram": Identity.HANDLE,
    "facebook": Identity.HANDLE,
}
"""Kind in `customer_identities` -> kind here."""

_BEFORE = r"(?:^|[^a-z0-9._%+-])"
_AFTER = r"(?:$|[^a-z0-9._-]|\.(?:$|[^a-z0-9]))"

Known = dict[str, list[str]]
"""Kind of identity -> values as they were found, in lower case, sorted."""


@dataclasses.dataclass(frozen=True)
class Case:
    """A request to forget one customer."""

    source: str
    customer_id: str
    reason: str
    started_at: dt.datetime
    known: Known
    """What the person is known by, names as "first last"; without what another customer has too."""
    kept_identities: int
    """How many values another customer has too."""
    objects: list[str]
    """Objects that named the person when the request was first worked on."""

    def case_id(self, key: str) -> str:
        """Keyed hash that names the request and not the person."""
        return digest(key, f"{self.source} {self.customer_id}")[:24]

    def identities(self) -> list[tuple[str, str]]:
        """(kind, value) of what other sources know the person by; names and the customer's id are none."""
        found = {(kind, normalised(value)) for kind, values in self.known.items() for value in values}
        return sorted(each for each in found if each[0] != Identity.NAME)

    def hashes(self, key: str) -> list[str]:
        """Keyed hashes of everything that is searched for."""
        values = [self.customer_id, *(normalised(value) for values in self.known.values() for value in values)]
        return sorted({digest(key, value) for value in values})

    def needles(self) -> list[str]:
        """Texts, in lower case, of which none is left anywhere when the person is forgotten."""
        found = set(_of_id(self.customer_id))
        for kind, values in self.known.items():
            for value in values:
                found |= _of_name(value) if kind == Identity.NAME else _of_value(kind, value)
        return sorted(found)

    def pattern(self) -> str:
        """A regular expression (RE2 and Python) that finds a needle standing by itself: not ann@ in joann@."""
        return f"{_BEFORE}(?:{'|'.join(map(re.escape, self.needles()))}){_AFTER}"

    def to_json(self) -> str:
        """The request as a JSON document."""
        return json.dumps(dataclasses.asdict(self) | {"started_at": self.started_at.isoformat()})

    @classmethod
    def from_json(cls, text: bytes | str) -> Case:
        """The request that `to_json` gave."""
        value = json.loads(text)
        return cls(**value | {"started_at": dt.datetime.fromisoformat(value["started_at"])})


def _of_id(customer_id: str) -> list[str]:
    text = customer_id.lower()
    if len(text) >= MIN_UNIQUE_ID:
        return [text]
    columns = [name for name, kind in RULES.items() if kind is Identity.CUSTOMER]
    fields = [name.lower() for name in (*columns, _RAW_FIELDS[0])]
    return [each for field in fields for each in (f'"{field}":"{text}"', f'\\"{field}\\":\\"{text}\\"')]


def _of_name(name: str) -> set[str]:
    first, _, last = name.partition(" ")
    pairs = [f'"{a}":"{first}","{b}":"{last}"' for a, b in (("firstname", "lastname"), ("first_name", "last_name"))]
    return {name, *pairs, *(pair.replace('"', '\\"') for pair in pairs)} if first and last else set()


def _of_value(kind: str, value: str) -> set[str]:
    if len(value) >= MIN_SEARCHED:
        return {value}
    return {f'"{column}":"{value}"' for column, ruled in RULES.items() if ruled == kind}
