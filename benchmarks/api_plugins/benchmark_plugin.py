"""The profile API with two routes more: one that does nothing, and the count of queries. For the benchmark only."""

from __future__ import annotations

import functools
from typing import Any

from airflow.plugins_manager import AirflowPlugin
from customer_profiles_api.app import create_app  # ty: ignore[import-not-found]
from fastapi import FastAPI, Request, Response


class BenchmarkPlugin(AirflowPlugin):
    """Mounts the app where production has it."""

    name = "customer_profiles_benchmark"

    @functools.cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The app, behind its own guard."""
        return [{"app": _app(), "url_prefix": "/customer-profiles", "name": "Customer profiles, measured"}]


def _app() -> FastAPI:
    app = create_app()

    @app.get("/v1/nothing")
    def nothing() -> Response:
        return Response(b"{}", media_type="application/json")

    @app.get("/v1/queries")
    def queries(request: Request) -> int:
        return request.app.state.reader.warehouse.queries

    return app
