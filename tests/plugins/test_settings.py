"""Settings of the API come from the environment, typed, or the API server says which variable is wrong."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from plugins.customer_profiles_api.settings import ApiSettings


def test_an_empty_environment_means_the_defaults():
    assert ApiSettings.from_environment({"BIGQUERY_DATASET": ""}) == ApiSettings()


def test_every_variable_is_read():
    settings = ApiSettings.from_environment(
        {
            "BIGQUERY_PROJECT": "shop",
            "BIGQUERY_DATASET": "retail",
            "BIGQUERY_LOCATION": "EU",
            "GCP_CONN_ID": "google_retail",
            "CUSTOMER_PROFILES_QUERY_TIMEOUT_SECONDS": "2.5",
            "CUSTOMER_PROFILES_MAX_CONCURRENT_QUERIES": "4",
            "project": "not a variable of ours",
        }
    )
    assert settings == ApiSettings(
        project="shop",
        dataset="retail",
        location="EU",
        gcp_conn_id="google_retail",
        query_timeout_seconds=2.5,
        max_concurrent_queries=4,
    )


@pytest.mark.parametrize("text", ["soon", "0", "-1", "inf", "nan"])
def test_a_timeout_that_is_no_positive_number_is_refused_by_name(text: str):
    with pytest.raises(ValidationError, match="CUSTOMER_PROFILES_QUERY_TIMEOUT_SECONDS"):
        ApiSettings.from_environment({"CUSTOMER_PROFILES_QUERY_TIMEOUT_SECONDS": text})
