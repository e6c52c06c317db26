"""Names, addresses and dates that the data set lacks, a pure function of the customer's id."""

from __future__ import annotations

from typing import Final

from sandbox.lightspeed.records import Customer

# fmt: off
_FIRST: Final = (
    "Ava", "Ben", "Cora", "Dan", "Elena", "Felix", "Grace", "Hugo", "Iris", "Jonas", "Kira", "Liam",
    "Maya", "Noah", "Olga", "Paul", "Quinn", "Rosa", "Sam", "Tara", "Uma", "Victor", "Wendy", "Xavier",
    "Yara", "Zoe", "Aaron", "Bella", "Caleb", "Dina", "Ethan", "Flora", "George", "Hana", "Ivan", "Jade",
    "Karl", "Lena", "Marco", "Nina", "Oscar", "Petra", "Ralph", "Sofia", "Theo", "Ursula", "Vera", "Will",
    "Amir", "Bianca",
)
_LAST: Final = (
    "Adams", "Baker", "Carter", "Diaz", "Evans", "Fischer", "Garcia", "Hughes", "Ito", "Jensen", "Khan",
    "Lopez", "Meyer", "Nguyen", "Owens", "Patel", "Quick", "Rossi", "Silva", "Tran", "Underwood",
    "Vargas", "Walker", "Xu", "Young", "Zimmer", "Abbott", "Bauer", "Cohen", "Dubois", "Ellis", "Foster",
    "Grant", "Hansen", "Irwin", "Jacobs", "Keller", "Lindgren", "Moreau", "Novak", "Okafor", "Price",
    "Reyes", "Schmidt", "Torres", "Usman", "Vogel", "West", "Ahmed", "Brooks",
)
# fmt: on
_CITIES: Final = ("Austin", "San Antonio", "Dallas", "Houston", "El Paso", "Waco")
_MASK: Final = (1 << 64) - 1


def mix(number: int, salt: int = 0) -> int:
    """A well-mixed 64-bit hash of an integer (splitmix64's finaliser), the same on every machine."""
    value = (number + (salt + 1) * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def instagram_of(customer_id: int) -> str:
    """The customer's Instagram user id; empty for half of them, who have none or never told the shop."""
    return f"17841{customer_id:012d}" if mix(customer_id, 11) % 2 else ""


def facebook_of(customer_id: int) -> str:
    """The customer's Facebook user id; empty for three of four."""
    return f"1000{customer_id:011d}" if mix(customer_id, 12) % 4 == 0 else ""


def person(customer_id: int, code: str = "") -> Customer:
    """The generated customer of one id.

    One in ten has no e-mail address, one in twenty has two, one in six has no phone, one in twelve has a
    company: the shapes that a client must survive. Addresses are under example.com.
    """
    pick = mix(customer_id)
    first, last = _FIRST[pick % len(_FIRST)], _LAST[(pick >> 8) % len(_LAST)]
    mail = f"{first}.{last}.{customer_id}@example.com".lower()
    emails = [] if (pick >> 16) % 10 == 0 else [mail]
    if (pick >> 16) % 20 == 1:
        emails.append(f"second.{mail}")
    phones = [] if (pick >> 24) % 6 == 0 else [f"+1-512-555-{100 + customer_id % 100:04d}"]
    return Customer(
        customer_id=customer_id,
        first_name=first,
        last_name=last,
        emails=emails,
        phones=phones,
        company=f"{last} & Co" if (pick >> 32) % 12 == 0 else "",
        date_of_birth=f"{1940 + (pick >> 36) % 65}-{1 + (pick >> 44) % 12:02d}-{1 + (pick >> 52) % 28:02d}",
        accepts_email=(pick >> 56) % 4 != 0,
        code=code or f"{first}-{customer_id}",
        city=_CITIES[(pick >> 40) % len(_CITIES)],
        instagram=instagram_of(customer_id),
        facebook=facebook_of(customer_id),
    )
