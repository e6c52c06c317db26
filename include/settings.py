"""Settings: environment variables with typed defaults, read in this one module.

Composer has environment variables too, so the same names serve everywhere. How to reach Lightspeed is not a
setting: that, with its credentials, is the Connection's (`include/lightspeed/connection.py`).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything that a deployment may choose; one field an environment variable (see `VARIABLES`)."""

    project: str = ""
    """Google Cloud project of the dataset; empty: the project of the Google connection."""
    dataset: str = "livhana_prod"
    location: str = "US"
    landing_bucket: str = "livhana-prod-landing"
    gcp_conn_id: str = "google_cloud_default"
    lightspeed_conn_id: str = "lightspeed_default"
    poll_seconds: float = 5.0
    """Seconds between two polls of Lightspeed's sales while nothing is new."""
    idle_seconds: float = 120.0
    """An extract that has seen nothing new for this long ends quietly, and the next run begins."""
    reference_poll_seconds: float = 60.0
    """Seconds between two polls of customers and of products."""
    batch_max_sales: int = 25_000
    """A batch closes at the first page end at or past this many records of a stream; bounds a backfill's
    batches and extract's memory."""
    staging_hours: int = 24
    """A staging table that no teardown removed expires after this long."""
    freshness_deadline_seconds: float = 60.0
    """A live sale that is queryable later than this after its completion raises an alert."""
    reconcile_recent_days: int = 3
    """Days up to today whose sales are compared with Lightspeed in every run of `reconcile_sales`."""
    reconcile_within_days: int = 30
    """Within so many days every earlier day is compared again."""
    reconcile_grace_seconds: float = 900.0
    """A sale that changed so recently is in flight: it counts as no difference."""
    reconcile_max_sales: int = 20_000
    """A run begins to read no further day again after this many records; the next run goes on."""
    gmail_conn_id: str = "gmail_default"
    """Connection of the mailboxes; where there is none, e-mail is not connected."""
    meta_conn_id: str = "meta_webhooks_default"
    """Connection of the webhooks of Instagram and Facebook; where there is none, they are not connected."""
    ga4_dataset: str = ""
    """Dataset of the GA4 export, `project.analytics_…` or `analytics_…`; empty: web content is not connected."""
    engagement_history_days: int = 730
    """E-mails and web events that are older when a source is first read are left out."""
    email_batch_max_messages: int = 10_000
    """A batch of e-mails closes at the first page end at or past this many messages: ten minutes of Gmail's quota."""
    content_batch_max_days: int = 100
    """Tables of the GA4 export that one batch reads at most."""
    alert_conn_id: str = ""
    """Connection of the chat webhook that alerts are posted to; empty: they are only logged."""
    maximum_gb_billed: int = 500
    """A query that BigQuery estimates to bill more is refused and costs nothing. Its estimate knows nothing of
    clustering, so leave room."""
    forget_key: str = ""
    """Secret behind the hashes of `forgotten_customers`, the same for DAGs and API; nobody is forgotten without it.
    Keep it: with another one the forgotten would not be recognised, and ingestion stops rather than bring them back."""
    horizon_days: int = 90
    """Horizon of the churn probability, in days (Klaviyo's definition has 90)."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read every variable of `VARIABLES` that is set and not empty.

        Raises:
            ValueError: a variable's text does not fit its type or is not positive; the message names it.
        """
        environ = os.environ if environ is None else environ
        given = {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
        return cls(**{name: _parse(name, text) for name, text in given.items()})


VARIABLES: dict[str, str] = {
    "project": "BIGQUERY_PROJECT",
    "dataset": "BIGQUERY_DATASET",
    "location": "BIGQUERY_LOCATION",
    "landing_bucket": "LANDING_BUCKET",
    "gcp_conn_id": "GCP_CONN_ID",
    "lightspeed_conn_id": "LIGHTSPEED_CONN_ID",
    "poll_seconds": "LIGHTSPEED_POLL_SECONDS",
    "idle_seconds": "LIGHTSPEED_IDLE_SECONDS",
    "reference_poll_seconds": "LIGHTSPEED_REFERENCE_POLL_SECONDS",
    "batch_max_sales": "LIGHTSPEED_BATCH_MAX_SALES",
    "staging_hours": "STAGING_HOURS",
    "freshness_deadline_seconds": "FRESHNESS_DEADLINE_SECONDS",
    "reconcile_recent_days": "RECONCILE_RECENT_DAYS",
    "reconcile_within_days": "RECONCILE_WITHIN_DAYS",
    "reconcile_grace_seconds": "RECONCILE_GRACE_SECONDS",
    "reconcile_max_sales": "RECONCILE_MAX_SALES",
    "gmail_conn_id": "GMAIL_CONN_ID",
    "meta_conn_id": "META_CONN_ID",
    "ga4_dataset": "GA4_DATASET",
    "engagement_history_days": "ENGAGEMENT_HISTORY_DAYS",
    "email_batch_max_messages": "EMAIL_BATCH_MAX_MESSAGES",
    "content_batch_max_days": "CONTENT_BATCH_MAX_DAYS",
    "alert_conn_id": "ALERT_CONN_ID",
    "maximum_gb_billed": "MAXIMUM_GB_BILLED",
    "forget_key": "FORGET_KEY",
    "horizon_days": "PROFILES_HORIZON_DAYS",
}
"""Field of `Settings` -> environment variable."""

_TYPES: dict[str, str] = {field.name: str(field.type) for field in dataclasses.fields(Settings)}


def _parse(name: str, text: str) -> Any:
    if _TYPES[name] == "str":
        return text
    try:
        value = int(text) if _TYPES[name] == "int" else float(text)
    except ValueError:
        value = 0
    if value <= 0:
        kind = "a whole number" if _TYPES[name] == "int" else "a number"
        raise ValueError(f"{VARIABLES[name]} is {text!r}: give {kind} above zero.")
    return value
