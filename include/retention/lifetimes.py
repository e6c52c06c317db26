"""The lifetime of everything that is kept about people: the one place that says it.

`enforce_retention` enforces it daily; for the landing bucket the rules of `deploy/terraform/data.tf` say the same, and
a test compares them. A table without a line here fails a test.
"""

from __future__ import annotations

import dataclasses
import datetime as dt


@dataclasses.dataclass(frozen=True)
class Lifetime:
    """How long the rows of a table are kept."""

    days: int | None
    """None: for as long as what they are about, for the reason given."""
    reason: str
    column: str = ""
    """Time that the days count from."""
    is_date: bool = False
    """Whether the column is a DATE; else it is a TIMESTAMP."""


BUSINESS_DAYS = 3_660
"""Ten years: how long commercial and tax law (Germany's § 147 AO, for one) wants records of sales kept."""

PROFILE_DAYS = 400
"""A year, and a month more: what drift is measured against, and a seasonal comparison."""

_FOREVER = "names nobody"
_WORKING = "a working table: the run that fills it empties it, whatever happened"

TABLES: dict[str, Lifetime] = {
    "content_events": Lifetime(PROFILE_DAYS, "behaviour, for features of a year", "event_at"),
    "customer_features": Lifetime(PROFILE_DAYS, "drift against a year before", "snapshot_date", is_date=True),
    "customer_identities": Lifetime(None, "as long as the customer; forgotten with them"),
    "customer_objections": Lifetime(None, "as long as the customer; forgotten with them"),
    "customer_predictions": Lifetime(PROFILE_DAYS, "graded after their horizon", "as_of", is_date=True),
    "customer_profiles_v1": Lifetime(PROFILE_DAYS, "profiles of past days", "as_of", is_date=True),
    "customer_products": Lifetime(None, _WORKING),
    "customers": Lifetime(None, "as long as Lightspeed has the customer; forgotten with them"),
    "email_events": Lifetime(PROFILE_DAYS, "behaviour, for features of a year", "event_at"),
    "forget_proofs": Lifetime(1_100, "three years, in which a deletion may have to be proven", "checked_at"),
    "forgotten_customers": Lifetime(None, "hashes; without them the forgotten would come back"),
    "forgotten_identities": Lifetime(None, "hashes; without them the forgotten would come back"),
    "ingest_batches": Lifetime(None, f"the ledger; {_FOREVER}"),
    "ingest_locks": Lifetime(None, _FOREVER),
    "model_runs": Lifetime(None, _FOREVER),
    "prediction_scorecard": Lifetime(None, _FOREVER),
    "product_pairs": Lifetime(None, _WORKING),
    "product_popularity": Lifetime(None, _WORKING),
    "products": Lifetime(None, _FOREVER),
    "reconciliation_runs": Lifetime(PROFILE_DAYS, "audit of ingestion", "checked_at"),
    "rejected_records": Lifetime(90, "records as they came, until the fault is mended", "rejected_at"),
    "sale_arrivals": Lifetime(None, _FOREVER),
    "sale_versions": Lifetime(None, _FOREVER),
    "sales": Lifetime(BUSINESS_DAYS, "business records", "timestamp"),
    "schema_changes": Lifetime(None, _FOREVER),
    "social_events": Lifetime(PROFILE_DAYS, "behaviour, for features of a year", "event_at"),
}
"""Table -> lifetime of its rows."""

OBJECTS: dict[str, int] = {
    "lightspeed/": BUSINESS_DAYS,
    "engagement/": PROFILE_DAYS,
    "predictions/": 7,
    "replay/": 7,
    "models/": PROFILE_DAYS,
    "forgetting/": 30,
}
"""Folder of the landing bucket -> days that its objects are kept: raw objects as long as what is made of them."""

SHORT_LIVED = {
    "staging_": dt.timedelta(days=2),
    "replay_": dt.timedelta(days=2),
    "customer_features_training_": dt.timedelta(days=3),
    "customer_predictions_staging_": dt.timedelta(days=3),
}
"""Beginning of a short-lived table's name -> how long one may be left over. They expire by themselves earlier."""

AUDIT_DAYS = 30
"""Airflow's database (audit rows of reads of profiles, parameters of runs): `metadata_days` in Terraform, enforced by
Composer; who hosts Airflow runs `airflow db clean` as docs/privacy.md says."""
