"""The same app on its own, for a cloud whose proxy does not hand a plugin's routes to Airflow.

`uvicorn --factory customer_profiles_api.standalone:create_standalone_app` serves it behind Identity-Aware Proxy:
IAP decides who may pass and signs that into a header; the guard checks the signature. Only the guard is another
one: routes, problems and documents are the app factory's.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, status

from .app import create_app
from .audit import AuditLog, Row
from .reader import ProfileReader
from .security import reader_name, require_reader

AUDIENCE = "IAP_AUDIENCE"
"""Environment variable: the audience that IAP shows for this service."""
CERTIFICATES = "https://www.gstatic.com/iap/verify/public_key"
ISSUER = "https://cloud.google.com/iap"

log = logging.getLogger(__name__)

Verify = Callable[[str, str], Mapping[str, Any]]
"""From IAP's header and the audience to the token's claims; raises ValueError for any other token."""


def create_standalone_app(reader: ProfileReader | None = None, verify: Verify | None = None) -> FastAPI:
    """The app of `create_app`, guarded by IAP's signature instead of Airflow's permissions.

    Who read whom goes to the service's log, since there is no Airflow database.

    Args:
        reader: as in `create_app`.
        verify: checks IAP's header; by default with Google's public keys.

    Raises:
        ValueError: the environment does not say for which audience IAP signs; nobody would be kept out.
    """
    audience = os.environ.get(AUDIENCE, "")
    if not audience:
        raise ValueError(f"{AUDIENCE} is not set: give it the audience that Identity-Aware Proxy shows.")
    app = create_app(reader, AuditLog(write_to_log))
    guard = IapGuard(audience, verify or verify_with_google)

    def name(claims: Mapping[str, Any] = Depends(guard)) -> str:
        return str(claims.get("email") or claims.get("sub"))

    app.dependency_overrides |= {require_reader: guard, reader_name: name}
    return app


def write_to_log(rows: Sequence[Row]) -> None:
    """Print the rows of the audit log as JSON lines, which the cloud's logging keeps."""
    for row in rows:
        print(json.dumps({"severity": "NOTICE", "message": "audit", **row}, default=str), flush=True)


def verify_with_google(token: str, audience: str) -> Mapping[str, Any]:
    """Claims of a token that IAP has signed for the audience.

    Raises:
        ValueError: IAP has not signed it, not for this audience, or it has expired.
    """
    from google.auth import exceptions
    from google.auth.transport.requests import Request
    from google.oauth2 import id_token

    try:
        return id_token.verify_token(token, Request(), audience=audience, certs_url=CERTIFICATES)
    except exceptions.GoogleAuthError as error:
        raise ValueError(str(error)) from error


class IapGuard:
    """Lets a request pass that IAP has signed for this service.

    Args:
        audience: what IAP signs for.
        verify: checks the header.
    """

    def __init__(self, audience: str, verify: Verify) -> None:
        self._audience = audience
        self._verify = verify

    def __call__(self, x_goog_iap_jwt_assertion: Annotated[str | None, Header()] = None) -> Mapping[str, Any]:
        """Claims of the request's token.

        Raises:
            fastapi.HTTPException: 401 without IAP's header; 403 if anybody else has written it.
        """
        if not x_goog_iap_jwt_assertion:
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Not authenticated")
        try:
            claims = self._verify(x_goog_iap_jwt_assertion, self._audience)
        except ValueError as error:
            # Not the error's own words: Google's quote the token.
            log.warning("A request was refused: IAP's header is not valid (%s).", type(error).__name__)
            raise HTTPException(status.HTTP_403_FORBIDDEN, "Forbidden") from None
        if claims.get("iss") != ISSUER:
            raise HTTPException(status.HTTP_403_FORBIDDEN, "Forbidden")
        return claims
