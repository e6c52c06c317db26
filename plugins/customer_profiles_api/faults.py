"""What can go wrong between the API server and BigQuery, told as one kind of error."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

log = logging.getLogger(__name__)

RETRY_SOON, RETRY_LATER, RETRY_AFTER_A_RUN = 1, 10, 60
"""Seconds for `Retry-After`: a slot frees up; an outage passes; the DAG has written the first profiles."""

LONGEST_ERROR = 1000
"""Characters of an error of Google's that the log gets."""

BUSY = "Too many profiles are being read at once."
NOT_BUILT = "There are no profiles yet: the DAG customer_profiles has not written its table."
REFUSED = "The API server cannot use its Google connection: its log says why."
SLOW_OR_DOWN = "BigQuery did not answer in time."


class WarehouseUnavailableError(Exception):
    """BigQuery could not answer now; says why in a sentence for the caller, and when to come back.

    Attributes:
        retry_after: seconds after which another request makes sense.
    """

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


@contextmanager
def warehouse_faults() -> Generator[None]:
    """Turn the errors of Google's libraries and of the Airflow Connection into `WarehouseUnavailableError`.

    A query that BigQuery calls invalid (400) is a defect of this package, not an outage: it passes unchanged.
    """
    from google.api_core.exceptions import BadRequest

    try:
        yield
    except BadRequest:
        raise
    except Exception as error:
        unavailable = _unavailable(error)
        if unavailable is None:
            raise
        # In one line and as it is quoted: the error's words may be those of a request.
        log.warning("%s (%s: %r)", unavailable, type(error).__name__, str(error)[:LONGEST_ERROR])
        raise unavailable from error


def _unavailable(error: Exception) -> WarehouseUnavailableError | None:
    from concurrent.futures import TimeoutError as FutureTimeoutError

    from airflow.exceptions import AirflowException
    from google.api_core.exceptions import Forbidden, GoogleAPIError, NotFound, Unauthorized
    from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError
    from requests.exceptions import RequestException

    if isinstance(error, NotFound):
        return WarehouseUnavailableError(NOT_BUILT, RETRY_AFTER_A_RUN)
    if isinstance(error, (Forbidden, Unauthorized, DefaultCredentialsError, RefreshError, AirflowException)):
        return WarehouseUnavailableError(REFUSED, RETRY_AFTER_A_RUN)
    if isinstance(error, (GoogleAPIError, TransportError, RequestException, FutureTimeoutError)):
        return WarehouseUnavailableError(SLOW_OR_DOWN, RETRY_LATER)
    return None
