"""The same app on its own, for a cloud whose proxy does not hand a plugin's routes to Airflow.

`uvicorn --factory customer_profiles_api.standalone:create_standalone_app` serves it behind Identity-Aware Proxy:
IAP decides who may pass and signs that into a header; the guard checks the signature. Only the guard is another
one: routes, problems and documents are the app factory's.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, status

from .app import create_app
from .security import require_reader
from .warehouse import BigQueryProfiles

AUDIENCE = "IAP_AUDIENCE"
"""Environment variable: the audience that IAP shows for this service."""
CERTIFICATES = "https://www.gstatic.com/iap/verify/public_key"
ISSUER = "https://cloud.google.com/iap"

log = logging.getLogger(__name__)

Verify = Callable[[str, str], Mapping[str, Any]]
"""From IAP's header and the audience to the token's claims; raises ValueError for any other token."""


def create_standalone_app(profiles: BigQueryProfiles | None = None, verify: Verify | None = None) -> FastAPI:
    """The app of `create_app`, guarded by IAP's signature instead of Airflow's permissions.

    Args:
        profiles: as in `create_app`.
        verify: checks IAP's header; by default with Google's public keys.

    Raises:
        ValueError: the environment does not say for which audience IAP signs; nobody would be kept out.
    """
    audience = os.environ.get(AUDIENCE, "")
    if not audience:
        raise ValueError(f"{AUDIENCE} is not set: give it the audience that Identity-Aware Proxy shows.")
    app = create_app(profiles)
    app.dependency_overrides[require_reader] = _guard(audience, verify or verify_with_google)
    return app


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


def _guard(audience: str, verify: Verify) -> Callable[..., None]:
    def require_iap(x_goog_iap_jwt_assertion: Annotated[str | None, Header()] = None) -> None:
        if not x_goog_iap_jwt_assertion:
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Not authenticated")
        try:
            claims = verify(x_goog_iap_jwt_assertion, audience)
        except ValueError as error:
            log.warning("A request was refused: %s", error)
            raise HTTPException(status.HTTP_403_FORBIDDEN, "Forbidden") from None
        if claims.get("iss") != ISSUER:
            raise HTTPException(status.HTTP_403_FORBIDDEN, "Forbidden")

    return require_iap
