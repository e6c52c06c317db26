"""Customers, e-mails, web and social events for the tests of the statements that join them."""

from __future__ import annotations

from typing import Any

from google.cloud import bigquery

CREATED = "2024-01-01T00:00:00Z"
_LANDED = {"ingested_at": CREATED, "batch_id": "test"}


def customer(customer_id: str, email: str | None = None, **more: Any) -> dict[str, Any]:
    """A row of `customers`, created in Lightspeed on the first day of 2024."""
    known = {"customer_id": customer_id, "email": email, "is_archived": False, "created_at": CREATED}
    return known | {"source": "r_series", "source_updated_at": CREATED, **_LANDED, **more}


def letter(counterpart: str, at: str, direction: str = "from_customer", delay: int | None = None) -> dict[str, Any]:
    """A row of `email_events`; `at` is ISO 8601, UTC."""
    key = {"event_at": f"{at}Z", "mailbox": "shop@example.org", "message_id": f"{counterpart}{at}", "thread_id": "t"}
    return key | {
        "direction": direction,
        "counterpart": counterpart,
        "reply_delay_seconds": delay,
        "source": "gmail",
        **_LANDED,
    }


def view(
    browser: str, at: str, user_id: str | None = None, category: str | None = "recipes", seconds: float = 10.0
) -> dict[str, Any]:
    """A row of `content_events`: a page view in the browser's one session."""
    key = {"event_at": f"{at}Z", "event_id": f"{browser}{at}", "event_name": "page_view", "session_id": 1}
    own: dict[str, Any] = {"user_pseudo_id": browser, "user_id": user_id, "content_category": category}
    own |= {"engagement_time_seconds": seconds, "export_table_day": at[:10], "is_intraday": False}
    return key | own | _LANDED


def reaction(handle: str, at: str, event_type: str = "comment", platform: str = "instagram") -> dict[str, Any]:
    """A row of `social_events`."""
    key = {"event_at": f"{at}Z", "event_id": f"{handle}{at}", "platform": platform, "event_type": event_type}
    own = {"account_id": "shop", "handle": handle, "signature_checked": True, "source": "meta_webhook"}
    return key | own | _LANDED


def insert(client: bigquery.Client, dataset: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Add rows to the tables of a dataset: table -> rows."""
    for name, content in rows.items():
        if content:
            table = client.get_table(f"{dataset}.{name}")
            config = bigquery.LoadJobConfig(schema=table.schema, write_disposition="WRITE_APPEND")
            client.load_table_from_json(content, table, job_config=config).result()
