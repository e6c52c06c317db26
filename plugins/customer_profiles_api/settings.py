"""Settings of the API: environment variables with typed defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field


class ApiSettings(BaseModel):
    """What a deployment may choose; one field an environment variable, which is the field's alias."""

    model_config = ConfigDict(frozen=True, validate_by_name=True, allow_inf_nan=False)

    project: str = Field("", alias="BIGQUERY_PROJECT")
    """Google Cloud project of the dataset; empty: the project of the Google connection."""
    dataset: str = Field("livhana_prod", alias="BIGQUERY_DATASET")
    location: str = Field("US", alias="BIGQUERY_LOCATION")
    gcp_conn_id: str = Field("google_cloud_default", alias="GCP_CONN_ID")
    forget_key: str = Field("", alias="FORGET_KEY", repr=False)
    """Secret behind the hashes of `forgotten_customers`: with another one a forgotten customer is only unknown."""
    query_timeout_seconds: float = Field(5.0, gt=0, alias="CUSTOMER_PROFILES_QUERY_TIMEOUT_SECONDS")
    """A query that has not answered after this long is given up, and the caller is told to come back."""
    maximum_gb_billed: int = Field(100, gt=0, alias="CUSTOMER_PROFILES_MAXIMUM_GB_BILLED")
    """A query that BigQuery estimates to bill more is refused. Its estimate knows nothing of clustering."""
    max_concurrent_queries: int = Field(16, gt=0, alias="CUSTOMER_PROFILES_MAX_CONCURRENT_QUERIES")
    """Queries that may run at once: a slow BigQuery must not take all of the API server's worker threads."""

    cached_profiles: int = Field(10_000, gt=0, alias="CUSTOMER_PROFILES_CACHED_PROFILES")
    """Profiles that a process keeps in memory; about 3 kB each."""
    version_check_seconds: float = Field(30.0, gt=0, alias="CUSTOMER_PROFILES_VERSION_CHECK_SECONDS")
    """A cached profile that nothing has confirmed for this long makes the process ask for the version."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> ApiSettings:
        """Read every variable that is set and not empty.

        Raises:
            pydantic.ValidationError: a variable's text does not fit its type; the message names the variable.
        """
        environ = os.environ if environ is None else environ
        return cls.model_validate({name: text for name, text in environ.items() if text}, by_name=False)
