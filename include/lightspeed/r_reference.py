"""R-Series V3 customers and products, decoded and brought into the tables' columns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from include.lightspeed.r_records import Record, Time, as_list, none_if_zero
from include.lightspeed.rows import Row, calendar_date
from include.lightspeed.social import social_handles


class RNumber(Record):
    """A telephone number and what it is used for."""

    number: str = ""
    use_type: str = ""


class RNumbers(msgspec.Struct, gc=False):
    """The relation ``Phones``."""

    phones: list[RNumber] | RNumber | str = msgspec.field(name="ContactPhone", default="")


class RAddress(Record):
    """An e-mail address and whether it is the primary one."""

    address: str = ""
    use_type: str = ""


class RAddresses(msgspec.Struct, gc=False):
    """The relation ``Emails``."""

    emails: list[RAddress] | RAddress | str = msgspec.field(name="ContactEmail", default="")


class RWebsite(Record):
    """An address on the web."""

    url: Any = None


class RWebsites(msgspec.Struct, gc=False):
    """The relation ``Websites``."""

    websites: list[RWebsite] | RWebsite | str = msgspec.field(name="ContactWebsite", default="")


class RContact(Record):
    """How a customer can be reached, and how not."""

    no_email: bool | None = None
    custom: Any = None
    phones: RNumbers | str = msgspec.field(name="Phones", default="")
    emails: RAddresses | str = msgspec.field(name="Emails", default="")
    websites: RWebsites | str = msgspec.field(name="Websites", default="")


class RCustomer(Record):
    """A customer with the contact."""

    customer_id: str = msgspec.field(name="customerID")
    time_stamp: Time
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    dob: str = ""
    archived: bool = False
    create_time: Time | None = None
    contact: RContact | str = msgspec.field(name="Contact", default="")


class RCategory(Record):
    """A category; ``fullPathName`` has the names from the root, parted by slashes."""

    name: str = ""
    full_path_name: str = ""


class RManufacturer(Record):
    """The maker, which shops know as the brand."""

    name: str = ""


class RPrice(Record):
    """One of an item's prices; the one that is used at the till is called Default."""

    amount: Decimal
    use_type: str = ""


class RPrices(msgspec.Struct, gc=False):
    """The member ``Prices``."""

    prices: list[RPrice] | RPrice | str = msgspec.field(name="ItemPrice", default="")


class RItem(Record):
    """A product with its category, maker and prices."""

    item_id: str = msgspec.field(name="itemID")
    time_stamp: Time
    system_sku: str = ""
    custom_sku: str = ""
    description: str = ""
    default_cost: Decimal | None = None
    archived: bool = False
    create_time: Time | None = None
    category_id: str = msgspec.field(name="categoryID", default="0")
    category: RCategory | str = msgspec.field(name="Category", default="")
    manufacturer: RManufacturer | str = msgspec.field(name="Manufacturer", default="")
    prices: RPrices | str = msgspec.field(name="Prices", default="")


_CUSTOMER = msgspec.json.Decoder(RCustomer, strict=False)
_ITEM = msgspec.json.Decoder(RItem, strict=False)


def parse_customer(raw: msgspec.Raw) -> Row:
    """Read one customer into the columns of ``customers`` up to ``source_updated_at``, without ``source``."""
    it = _CUSTOMER.decode(raw)
    contact = it.contact if isinstance(it.contact, RContact) else RContact()
    phones = as_list(contact.phones.phones) if isinstance(contact.phones, RNumbers) else []
    emails = as_list(contact.emails.emails) if isinstance(contact.emails, RAddresses) else []
    websites = as_list(contact.websites.websites) if isinstance(contact.websites, RWebsites) else []
    return (
        it.customer_id,
        it.first_name or None,
        it.last_name or None,
        _preferred([(each.use_type, each.address) for each in emails], "Primary"),
        _preferred([(each.use_type, each.number) for each in phones], "Mobile"),
        it.company or None,
        None if contact.no_email is None else not contact.no_email,
        calendar_date(it.dob),
        *social_handles([contact.custom, *(each.url for each in websites)]),
        it.archived,
        it.create_time,
        it.time_stamp,
    )


def parse_product(raw: msgspec.Raw) -> Row:
    """Read one item into the columns of ``products`` up to ``source_updated_at``, without ``source``."""
    it = _ITEM.decode(raw)
    category = it.category if isinstance(it.category, RCategory) else RCategory()
    maker = it.manufacturer.name if isinstance(it.manufacturer, RManufacturer) else ""
    return (
        it.item_id,
        it.custom_sku or it.system_sku or None,
        it.description or None,
        maker or None,
        none_if_zero(it.category_id),
        category.name or None,
        category.full_path_name or category.name or None,
        _price(it.prices),
        it.default_cost,
        it.archived,
        it.create_time,
        it.time_stamp,
    )


def _preferred(values: list[tuple[str, str]], use: str) -> str | None:
    """Return the value of this use, or else the first that is not empty."""
    filled = [pair for pair in values if pair[1]]
    return next((value for kind, value in filled if kind == use), filled[0][1] if filled else None)


def _price(prices: RPrices | str) -> Decimal | None:
    if not isinstance(prices, RPrices):
        return None
    listed = as_list(prices.prices)
    return next((each.amount for each in listed if each.use_type == "Default"), None)
