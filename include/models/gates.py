"""Quality gates: the checks beside the tables, run before a table is published.

A breaker (`checks.sql`, ASSERT statements) stops the run, and what was published before stands. A warning
(`warnings.sql`, one row each) is told and stops nothing. Both raise an alert of the kind QUALITY.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator
from typing import TYPE_CHECKING

from include.alerts import Kind, alert
from include.forgetting.people import key_id

if TYPE_CHECKING:
    import datetime as dt

    from google.cloud.bigquery.table import RowIterator

    from include.models.queries import Dataset
    from include.models.sources import Sources

log = logging.getLogger(__name__)

FAILED = "Check failed: "
"""How the sentence of every breaker begins."""


def check_sales(dataset: Dataset, as_of: dt.date, conn_id: str) -> None:
    """Check the sales before features are made of them.

    Raises:
        AirflowFailException: a breaker; trying again would find the same.
    """
    with breaker(conn_id):
        dataset.execute("sales/checks.sql", as_of=as_of)
    _warn(dataset.execute("sales/warnings.sql", as_of=as_of), conn_id)


def publish(
    dataset: Dataset, staging: str, as_of: dt.date, sources: Sources, conn_id: str, forget_key: str = ""
) -> None:
    """Check features and new predictions, and publish; the profiles' own checks are part of that transaction.

    Args:
        dataset: where everything is.
        staging: table of the new predictions.
        as_of: what they are made for.
        sources: what is connected beside purchases; profiles say of the others that they are not.
        conn_id: connection of the chat that is told.
        forget_key: the key behind the hashes of `forgotten_customers`.

    Raises:
        AirflowFailException: a breaker; the profiles published before stand.
    """
    tables, which = {"staging_predictions": staging}, key_id(forget_key)
    with breaker(conn_id):
        dataset.execute(
            "customer_predictions/withdraw.sql", tables, as_of=as_of, forget_key=forget_key, forget_key_id=which
        )
        dataset.execute("customer_features/checks.sql", as_of=as_of)
        dataset.execute("customer_predictions/checks.sql", tables, as_of=as_of)
        dataset.execute(
            "customer_profiles_v1/publish.sql",
            tables,
            as_of=as_of,
            email_connected=sources.email,
            content_connected=sources.content,
            social_connected=sources.social,
            forget_key=forget_key,
            forget_key_id=which,
        )
    _warn(dataset.execute("customer_profiles_v1/warnings.sql", as_of=as_of), conn_id)


@contextlib.contextmanager
def breaker(conn_id: str) -> Generator[None]:
    """Turn the failure of a check into an alert and the end of the task, without retries."""
    from airflow.sdk.exceptions import AirflowFailException
    from google.api_core.exceptions import BadRequest

    try:
        yield
    except BadRequest as error:
        _, found, sentence = str(error).partition(FAILED)
        if not found:
            raise
        said = f"{FAILED}{sentence.splitlines()[0]} Nothing was published; the profiles before stand."
        _tell(said, conn_id)
        raise AirflowFailException(said) from error


def _warn(rows: RowIterator, conn_id: str) -> None:
    for row in rows:
        _tell(f"Warning: {row['sentence']}", conn_id)


def _tell(sentence: str, conn_id: str) -> None:
    # A chat that is down must not hide the check, nor make a failure of a warning.
    try:
        alert(sentence, conn_id, kind=Kind.QUALITY)
    except Exception:
        log.exception("The chat was not told of a check.")
