"""Which columns of which tables hold people, declared by name: what a new table must be named after, or be declared.

Forgetting looks at the columns that a dataset's tables really have, so a table that is added later is cleaned without
being listed here, if its columns have the names below. `undeclared` names those that sound like a person and are
neither a rule nor declared harmless; a test holds every table of `include/sql` against it.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterable, Mapping


class Identity(enum.StrEnum):
    """What a column's value names a person by."""

    CUSTOMER = "customer"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    GA4_USER = "ga4_user_id"
    GA4_PSEUDO = "ga4_user_pseudo_id"
    HANDLE = "handle"
    ANY = "any"
    """The value is of one of these kinds; which, another column says."""


class Act(enum.StrEnum):
    """What forgetting does with the rows of a table."""

    UNLINK = "unlink"
    """The row stays without the person: it belongs to the shop's totals."""
    DELETE = "delete"
    REDACT = "redact"
    """A stored JSON record is rewritten as the raw objects are."""


RULES: dict[str, Identity] = {
    "customer_id": Identity.CUSTOMER,
    "counterpart": Identity.EMAIL,
    "email": Identity.EMAIL,
    "handle": Identity.HANDLE,
    "identity": Identity.ANY,
    "phone": Identity.PHONE,
    "user_id": Identity.GA4_USER,
    "user_pseudo_id": Identity.GA4_PSEUDO,
}
"""Column -> what its values are. Rows whose value is the person's are deleted, or unlinked in `KEPT_ROWS`."""

KEPT_ROWS = "sale_line_id"
"""A table with this column has sale lines: their rows stay."""

RECORD = ("record", "record_id", "raw_uri")
"""A table with these columns keeps records as they came."""

HARMLESS: dict[str, str] = {
    "customers.first_name": "in a row that customer_id removes",
    "customers.last_name": "in a row that customer_id removes",
    "customers.company": "in a row that customer_id removes",
    "customers.date_of_birth": "in a row that customer_id removes",
    "customers.accepts_email": "in a row that customer_id removes",
    "sales.employee_id": "names who sold, not who bought",
    "email_events.mailbox": "the shop's own address",
    "social_events.account_id": "the shop's own account",
    "customer_identities.identity_kind": "in a row that customer_id or identity removes",
    "customer_profiles_v1.email_status": "in a row that customer_id removes",
    "forgotten_customers.customer_sha256": "a keyed hash",
    "forgotten_customers.source": "names an API",
    "forgotten_customers.reason": "one of four words",
    "forgotten_identities.identity_kind": "names a kind",
    "forgotten_identities.identity_sha256": "a keyed hash",
    "forgotten_identities.key_id": "names a key",
    "forget_proofs.case_id": "a keyed hash",
    "forget_proofs.identity_sha256": "keyed hashes",
    "forget_proofs.name": "names a table or a folder",
    "forget_proofs.reason": "one of four words",
    "forget_proofs.source": "names an API",
    "ingest_batches.stream": "names a stream",
    "ingest_locks.stream": "names a stream",
    "product_pairs.other_product_id": "names a product",
    "rejected_records.stream": "names a stream",
    "schema_changes.stream": "names a stream",
    "schema_changes.json_type": "names a type",
}
"""`table.column` that sounds like a person -> why forgetting need not look at it."""

_PERSON = re.compile(
    r"customer|counterpart|e-?mail|phone|handle|visitor|browser|birth|address|contact|person|first_name|last_name"
    r"|user_id|pseudo|identity|user name",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Handled:
    """How a table is handled."""

    act: Act
    columns: dict[str, Identity]
    """The columns that are compared with the person."""


def handled(columns: Iterable[str]) -> Handled | None:
    """What forgetting does with a table of these columns; None when nobody is in it."""
    names = set(columns)
    if names.issuperset(RECORD):
        return Handled(Act.REDACT, {})
    ruled = {name: RULES[name] for name in sorted(names & RULES.keys())}
    if "customer_id" in ruled and "email" in ruled:
        # Of a customer's own row the id says whose it is: an address may be shared.
        ruled = {"customer_id": Identity.CUSTOMER}
    if not ruled:
        return None
    return Handled(Act.UNLINK if KEPT_ROWS in names else Act.DELETE, ruled)


def undeclared(table: str, descriptions: Mapping[str, str]) -> list[str]:
    """Columns that sound like a person, by name or description, and that nobody has said what to do about.

    Args:
        table: the table's name.
        descriptions: column -> description, of the columns that hold text.
    """
    known = handled(descriptions)
    removed = known is not None and known.act is not Act.UNLINK
    return [
        f"{table}.{name}"
        for name, description in descriptions.items()
        if _PERSON.search(name) or (not removed and _PERSON.search(description))
        if name not in RULES and f"{table}.{name}" not in HARMLESS
    ]
