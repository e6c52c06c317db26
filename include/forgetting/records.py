"""Records of any source without the people who were forgotten: Lightspeed's by customer id, others by identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from include.lightspeed import redaction
from include.lightspeed.redaction import PLACEHOLDER

if TYPE_CHECKING:
    from include.forgetting.people import Forgotten

LIGHTSPEED = frozenset({"r_series", "x_series"})
ONLY = "sender"
"""A list of which a record cannot do without a member."""

_STORED = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def redact_record(record: msgspec.Raw, series: str, table: str, forgotten: Forgotten) -> msgspec.Raw:
    """A record without them; the very same object where it names none of them."""
    if series in LIGHTSPEED:
        return redaction.redact_record(record, series, table, forgotten.__contains__)
    return redact_event(record, forgotten)


def redact_page(body: bytes, series: str, table: str, forgotten: Forgotten) -> bytes:
    """A line of a raw object without them; the very same bytes where it names none of them."""
    if series in LIGHTSPEED:
        return redaction.redact_page(body, series, table, forgotten.__contains__)
    page = _STORED.decode(body)
    records = _LIST.decode(page["records"]) if "records" in page else []
    redacted = [redact_event(record, forgotten) for record in records]
    if all(new is old for new, old in zip(redacted, records, strict=True)):
        return body
    return msgspec.json.encode(page | {"records": redacted})


def redact_event(record: msgspec.Raw, forgotten: Forgotten) -> msgspec.Raw:
    """A flat record of another source: lists lose the members that name them, else the placeholder takes its place."""
    try:
        fields = msgspec.json.decode(record, type=dict[str, Any])
    except ValueError:
        return record
    kept = {name: _without(value, forgotten) for name, value in fields.items()}
    if kept == fields:
        return record
    lost = any(value is None and fields[name] is not None for name, value in kept.items()) or kept.get(ONLY) == []
    return PLACEHOLDER if lost else msgspec.Raw(msgspec.json.encode(kept))


def _without(value: Any, forgotten: Forgotten) -> Any:
    """A value without them: None for a text that names one of them."""
    if isinstance(value, list):
        return [each for each in value if not (isinstance(each, str) and forgotten.names(each))]
    return None if isinstance(value, str) and forgotten.names(value) else value
