"""The API's app without Airflow's guard, for tests of what lies behind it."""

from __future__ import annotations

from fastapi import FastAPI

from plugins.customer_profiles_api.app import create_app
from plugins.customer_profiles_api.audit import AuditLog, Row
from plugins.customer_profiles_api.reader import ProfileReader
from plugins.customer_profiles_api.security import reader_name, require_reader


class AuditTrail(AuditLog):
    """Keeps the rows that would go to Airflow's log, in `rows`."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        super().__init__(self.rows.extend)


def open_app(reader: ProfileReader, audit: AuditLog | None = None) -> FastAPI:
    """Everybody is the user `tester`."""
    app = create_app(reader, audit or AuditTrail())
    app.dependency_overrides[require_reader] = lambda: None
    app.dependency_overrides[reader_name] = lambda: "tester"
    return app
