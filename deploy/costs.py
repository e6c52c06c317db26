"""What BigQuery and Cloud Storage bill for a shop's size, from the tables' own columns and the statements' own text.

`python -m deploy.costs` writes `docs/costs.md`. Bytes of a row follow BigQuery's published sizes of types; the
bytes of a statement are those of the tables that its text names, at least 10 MB each. Clustering is left out: the
figures are upper bounds.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.schemas import tables
from deploy.settings import ROOT
from include.warehouse.sql import SQL_ROOT, render

FILE = ROOT / "docs" / "costs.md"
SHOPS = (300, 3_000, 30_000)
"""Sales a day."""

MB, GB, TB = 2**20, 2**30, 2**40
MINIMUM = 10 * MB
"""Billed for each table that a query names, however small it is."""

DOLLARS_PER_TB, FREE_TB = 6.25, 1.0
DOLLARS_PER_GB_STORED, DOLLARS_PER_GB_LANDED = 0.02, 0.026
DOLLARS_PER_1000_WRITES = 0.01
"""Prices of the US multi-region, dollars; storage a month."""

FIXED = {
    "INTEGER": 8, "FLOAT": 8, "BOOLEAN": 1, "DATE": 8, "DATETIME": 8, "TIMESTAMP": 8, "TIME": 8, "NUMERIC": 16
}  # fmt: skip
"""BigQuery's published sizes of types, bytes; a STRING has 2 bytes and its UTF-8 text."""

TEXT = {"_id": 20, "raw_uri": 120, "batch_id": 40, "record": 2000, "reason": 20, "description": 30, "source": 8}
"""Length of a text by the end of its column's name; 12 otherwise."""
ELEMENTS = {"likely_products": 10, "favorite_products": 5, "favorite_categories": 5, "payment_methods": 1}
"""Elements of a repeated column; 2 otherwise."""

LINES_PER_SALE = 3
HISTORY_DAYS = 365
SALES_PER_CUSTOMER_AND_YEAR = 12
EMAILS_PER_SALE, CONTENT_EVENTS_PER_SALE, SOCIAL_EVENTS_PER_SALE = 0.5, 30, 0.1
IDENTITIES_PER_CUSTOMER = 3
OPEN_SECONDS = 12 * 3600
CYCLE_SECONDS = 15
"""From one batch of a busy shop to the next."""
IDLE_RUN_SECONDS = 125
PAGE_BYTES_PER_SALE = 700
"""Compressed, with the typed rows beside it."""
OBJECTS_PER_BATCH = 4
EXPORT_COLUMNS = 3
"""An event's columns in the GA4 export that are read, in bytes of its row here: its parameters are many."""
CUSTOMERS_PER_SHARD = 20_000
FEATURE_RUNS = 3
"""How often a night's run fills features: as_of, and training snapshots in parts."""

_TABLE = re.compile(r"`[^`]*\.(\w+)`")


@dataclasses.dataclass(frozen=True)
class Shop:
    """A shop after a year."""

    sales_a_day: int

    @property
    def customers(self) -> int:
        """Known customers."""
        return self.sales_a_day * HISTORY_DAYS // SALES_PER_CUSTOMER_AND_YEAR

    @property
    def batches_a_day(self) -> int:
        """Batches with sales: one a sale in a quiet shop, one a cycle in a busy one."""
        return min(self.sales_a_day, OPEN_SECONDS // CYCLE_SECONDS)

    @property
    def idle_runs_a_day(self) -> int:
        """Runs that see nothing."""
        return int((86_400 - self.batches_a_day * CYCLE_SECONDS) / IDLE_RUN_SECONDS)

    def rows(self) -> dict[str, tuple[int, int]]:
        """Table -> rows after a year, and rows of one of its partitions (all, if it has none)."""
        sales, lines, days = self.sales_a_day, self.sales_a_day * LINES_PER_SALE, HISTORY_DAYS
        daily = {"sales": lines, "sale_arrivals": sales, "ingest_batches": self.batches_a_day, "rejected_records": 1,
                 "customer_features": self.customers, "customer_predictions": self.customers,
                 "customer_profiles_v1": self.customers, "model_runs": 1,
                 "prediction_scorecard": 20, "reconciliation_runs": 3, "forget_proofs": 60,
                 "email_events": int(sales * EMAILS_PER_SALE), "content_events": sales * CONTENT_EVENTS_PER_SALE,
                 "social_events": int(sales * SOCIAL_EVENTS_PER_SALE)}  # fmt: skip
        whole = {
            "sale_versions": sales * days,
            "customers": self.customers,
            "customer_identities": IDENTITIES_PER_CUSTOMER * self.customers,
            "products": 5_000,
            "ingest_locks": 7,
            "forgotten_customers": 100,
            "forgotten_identities": 300,
            "customer_objections": 100,
            "schema_changes": 100,
        }
        emptied = {"product_popularity": 5_000, "product_pairs": 50_000, "customer_products": 15 * self.customers}
        return (
            {name: (n * days, n) for name, n in daily.items()}
            | {name: (n, n) for name, n in whole.items()}
            | {name: (0, n) for name, n in emptied.items()}
        )

    @property
    def scoring_tasks(self) -> int:
        """Shards of customers that are scored side by side."""
        return -(-self.customers // CUSTOMERS_PER_SHARD)


def row_bytes(fields: list[dict[str, Any]]) -> int:
    """Logical bytes of a row with these columns, none of them NULL."""
    return sum(_field_bytes(field) for field in fields)


def _field_bytes(field: dict[str, Any]) -> int:
    if field["type"] == "RECORD":
        size = row_bytes(field["fields"])
    elif field["type"] == "STRING":
        size = 2 + next((n for end, n in TEXT.items() if field["name"].endswith(end)), 12)
    else:
        size = FIXED[field["type"]]
    return size * (ELEMENTS.get(field["name"], 2) if field["mode"] == "REPEATED" else 1)


def statements(path: str) -> Iterator[list[str]]:
    """For each statement of a file: the tables that it names, as often as it names them."""
    names = {name: name for name in re.findall(r"params\.(\w+)", _with_included(path))}
    text = re.sub(r"--[^\n]*", "", render(path, **{name: f"d.{name}" for name in names} | {"dataset": "p.d"}))
    for statement in text.split(";"):
        if found := _TABLE.findall(statement):
            yield found


def _with_included(path: str) -> str:
    text = (SQL_ROOT / path).read_text("utf-8")
    return text + "".join(_with_included(name) for name in re.findall(r'{%-? include "([^"]+)"', text))


def billed(path: str, sizes: Mapping[str, float]) -> float:
    """Bytes billed for a run of a file; a statement that names a table twice reads it once."""
    return sum(max(MINIMUM, sizes.get(name, 0)) for named in statements(path) for name in set(named))


def monthly(shop: Shop) -> dict[str, float]:
    """Dollars a month by what they are paid for."""
    size = {name: row_bytes(table["schema"]) for name, table in tables().items()}
    rows = shop.rows()
    partition: dict[str, float] = {name: rows[name][1] * size[name] for name in size}
    whole: dict[str, float] = {name: rows[name][0] * size[name] for name in size}
    positions = 3 * billed("ingest_batches/position.sql", partition)
    batch = billed("sales/commit.sql", partition) + billed("ingest_batches/is_committed.sql", partition)
    batch += billed("sale_arrivals/late.sql", partition) + positions
    read = {
        "ingestion": 30 * (shop.batches_a_day * batch + shop.idle_runs_a_day * positions),
        "engagement": 30 * _engagement_day(whole, partition, positions),
        "profiles": 30 * _night(shop, whole, partition),
    }
    total = sum(read.values())
    paid = max(0.0, total / TB - FREE_TB) * DOLLARS_PER_TB
    landed = shop.sales_a_day * HISTORY_DAYS * PAGE_BYTES_PER_SALE / GB
    return {
        "queries of ingestion": paid * read["ingestion"] / total,
        "queries of engagement": paid * read["engagement"] / total,
        "queries of profiles": paid * read["profiles"] / total,
        "tables": sum(whole.values()) / GB * DOLLARS_PER_GB_STORED,
        "landing bucket": landed * DOLLARS_PER_GB_LANDED
        + 30 * shop.batches_a_day * OBJECTS_PER_BATCH / 1000 * DOLLARS_PER_1000_WRITES,
    }


def _engagement_day(whole: dict[str, float], partition: Mapping[str, float], positions: float) -> float:
    """Hourly batches of each source; the unfinished day of the GA4 export is read hourly, half of it on average."""
    sizes = {**partition, "social_events": whole["social_events"]}
    commits = sum(billed(f"{name}_events/commit.sql", sizes) for name in ("email", "content", "social"))
    exported = EXPORT_COLUMNS * partition["content_events"]
    return 24 * (positions + commits + max(MINIMUM, exported / 2)) + 3 * exported


def _night(shop: Shop, whole: dict[str, float], partition: Mapping[str, float]) -> float:
    history = {**partition, "sales": whole["sales"]}
    # Features look a year back, which is all that there is after a year.
    engaged = {**partition, **{name: whole[name] for name in ("email_events", "content_events", "social_events")}}
    products = sum(
        billed(f"{name}/fill.sql", history) for name in ("product_popularity", "product_pairs", "customer_products")
    )
    return (
        FEATURE_RUNS * billed("customer_features/fill.sql", history)
        + FEATURE_RUNS * billed("customer_features/engagement.sql", engaged)
        + billed("customer_identities/fill.sql", whole)
        # Both for as_of and for the snapshots that the ranking learns from.
        + 2 * products
        + (1 + shop.scoring_tasks) * billed("customer_products/candidates.sql", history)
        + billed("customer_profiles_v1/publish.sql", history | engaged)
    )


def text() -> str:
    """Content of `docs/costs.md`."""
    bills = [monthly(Shop(sales)) for sales in SHOPS]
    kinds = list(bills[0])
    table = [[kind, *(f"{bill[kind]:,.2f}" for bill in bills)] for kind in kinds]
    table.append(["**together**", *(f"**{sum(bill.values()):,.2f}**" for bill in bills)])
    size = {name: row_bytes(t["schema"]) for name, t in tables().items()}
    rows = [Shop(sales).rows() for sales in SHOPS]
    stored = [
        [f"`{name}`", f"{size[name]:,}", *(f"{r[name][0] * size[name] / GB:,.2f}" for r in rows)] for name in size
    ]
    shops = [f"{sales:,} sales a day" for sales in SHOPS]
    return "\n".join([
        "# Costs", "",
        "Written by `make costs`; a test holds it to the code. Dollars a month of BigQuery (on demand, US) and Cloud",
        "Storage for a shop after a year; the first TB read each month is free. Composer's own price does not depend",
        "on the sales and comes on top: see its",
        "[price list](https://cloud.google.com/composer/pricing). Nothing was measured on Google's side.", "",
        *_markdown(["dollars a month", *shops], table), "",
        "Each statement is billed for the tables that its text names, 10 MB each at least. Clustering is left out, so",
        "these are upper bounds. What grows fastest is `sale_versions`: it has no partitions, and every commit names",
        "it.", "",
        "## Where the bytes are", "",
        *_markdown(["table", "bytes a row", *(f"GB, {shop}" for shop in shops)], stored), "",
        "## Taken for granted", "",
        f"- {LINES_PER_SALE} lines a sale, {SALES_PER_CUSTOMER_AND_YEAR} sales a customer and year,"
        f" {HISTORY_DAYS} days of history;",
        f"- {EMAILS_PER_SALE} e-mails, {CONTENT_EVENTS_PER_SALE} events of the web site and {SOCIAL_EVENTS_PER_SALE}"
        " of social networks a sale;",
        f"- a busy shop commits a batch every {CYCLE_SECONDS} s of 12 open hours, a quiet one a batch a sale;",
        f"- {DOLLARS_PER_TB} dollars a TB read, {DOLLARS_PER_GB_STORED} a GB and month stored in BigQuery,"
        f" {DOLLARS_PER_GB_LANDED} in Cloud Storage,",
        f"  {DOLLARS_PER_1000_WRITES} for a thousand objects written;",
        f"- features are filled {FEATURE_RUNS} times a night.", "",
    ])  # fmt: skip


def _markdown(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


if __name__ == "__main__":
    FILE.write_text(text())
