"""The guard of every route: Airflow's own permission to read the DAG `customer_profiles`.

Airflow mounts a plugin's app without any authentication, so the app brings this dependency itself. Who may
see the DAG in Airflow's UI may read profiles, under whichever auth manager the deployment has.
"""

import logging

from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import HTTPException, Request, status

DAG_ID = "customer_profiles"
"""The DAG that writes the profiles; reading it is the permission to read them."""

log = logging.getLogger(__name__)

_requires_reading_the_dag = requires_access_dag("GET", param_dag_id=DAG_ID)


async def reader_name(user: GetUserDep) -> str:
    """The user's name, for the audit log."""
    return user.get_name()


def require_reader(request: Request, user: GetUserDep) -> None:
    """Let the request pass if its user may read the DAG `customer_profiles`.

    Raises:
        fastapi.HTTPException: 401 without a token or with an expired one; 403 with a token that Airflow did
            not sign, or without the permission. A user whose role the auth manager does not know has no
            permission: the simple auth manager raises `KeyError` for it, which would be a 500.
    """
    try:
        _requires_reading_the_dag(request, user)
    except KeyError:
        log.warning("The auth manager does not know the role of user %r: access denied.", user.get_name())
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Forbidden") from None
