"""Airflow plugin: mounts the customer profile API and its pages on Airflow's API server under `/customer-profiles`.

Airflow imports this file in every one of its processes, so it imports nothing but the plugin's base class;
the app, and what the app needs, is imported when the API server asks for it.
"""

from __future__ import annotations

import functools
from typing import Any

from airflow.plugins_manager import AirflowPlugin

URL_PREFIX = "/customer-profiles"
"""Where the app is mounted on the API server."""


class CustomerProfilesPlugin(AirflowPlugin):
    """Registers the FastAPI app of `customer_profiles_api`."""

    name = "customer_profiles"
    external_views: list[Any] = [  # noqa: RUF012 (the base class has it so)
        {
            "name": label,
            "href": f"{URL_PREFIX.lstrip('/')}/pages/{page}",
            "destination": "nav",
            "category": "browse",
            "url_route": f"customer-profiles-{page}",
        }
        for page, label in (("customer", "Customer profile"), ("shop", "Shop"), ("model", "Profile models"))
    ]
    """The pages, in Airflow's navigation under Browse."""

    @functools.cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The apps that the API server mounts; built on first use, which is in the API server only."""
        from customer_profiles_api.app import create_app

        return [{"app": create_app(), "url_prefix": URL_PREFIX, "name": "Customer profiles"}]
