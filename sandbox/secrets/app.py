"""The REST v1 routes of Secret Manager that reading and writing a secret takes."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import google_crc32c
from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sandbox.secrets.vault import SecretExistsError, SecretNotFoundError, Vault

_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS"}
UpdateMask = Annotated[str, Query(alias="updateMask")]
SecretId = Annotated[str, Query(alias="secretId", pattern=r"^[A-Za-z0-9_-]{1,255}$")]


class Payload(BaseModel):
    """A version's payload: base64 in ``data``."""

    data: str


class NewVersion(BaseModel):
    """The body of ``:addVersion``."""

    payload: Payload


class NewSecret(BaseModel):
    """The body of a creation; labels and replication are accepted and ignored."""

    replication: dict[str, Any] = {}
    labels: dict[str, str] = {}


class Update(BaseModel):
    """The body of an update: the annotations as they are to be, and the etag that they were read with."""

    etag: str = ""
    annotations: dict[str, str] = {}


def _error(code: int, message: str, status: str | None = None) -> JSONResponse:
    body = {"code": code, "message": message, "status": status or _STATUSES[code]}
    return JSONResponse({"error": body}, code)


def create_app(vault: Vault, clock: Callable[[], datetime]) -> FastAPI:
    """Secret Manager over a vault.

    Args:
        vault: Where the secrets are.
        clock: Returns the current time, aware.
    """
    app = FastAPI(title="Secret Manager simulator")

    @app.exception_handler(SecretNotFoundError)
    def not_found(_: Request, error: SecretNotFoundError) -> JSONResponse:
        return _error(404, str(error))

    @app.exception_handler(SecretExistsError)
    def exists(_: Request, error: SecretExistsError) -> JSONResponse:
        return _error(409, str(error))

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    _add_secrets(app, vault, clock)
    _add_versions(app, vault, clock)
    return app


def _add_secrets(app: FastAPI, vault: Vault, clock: Callable[[], datetime]) -> None:
    @app.post("/v1/projects/{project}/secrets")
    def create(project: str, secret_id: SecretId, body: NewSecret | None = None) -> dict[str, Any]:
        name = f"projects/{project}/secrets/{secret_id}"
        vault.create(name)
        replication = (body.replication if body else {}) or {"automatic": {}}
        return {"name": name, "createTime": clock().isoformat(), "replication": replication}

    @app.get("/v1/projects/{project}/secrets/{secret}")
    def describe(project: str, secret: str) -> dict[str, Any]:
        name = f"projects/{project}/secrets/{secret}"
        etag, annotations = vault.describe(name)
        found = {"name": name, "replication": {"automatic": {}}, "etag": etag}
        return found | ({"annotations": json.loads(annotations)} if annotations != "{}" else {})

    @app.patch("/v1/projects/{project}/secrets/{secret}", response_model=None)
    def update(project: str, secret: str, update_mask: UpdateMask, body: Update) -> dict[str, Any] | JSONResponse:
        name = f"projects/{project}/secrets/{secret}"
        if update_mask != "annotations":
            return _error(400, "The simulator updates annotations only.")
        if not vault.annotate(name, body.etag, json.dumps(body.annotations)):
            return _error(400, "The etag does not match the current etag.", "FAILED_PRECONDITION")
        return describe(project, secret)


def _add_versions(app: FastAPI, vault: Vault, clock: Callable[[], datetime]) -> None:
    @app.post("/v1/projects/{project}/secrets/{secret}:addVersion", response_model=None)
    def add_version(project: str, secret: str, body: NewVersion) -> dict[str, Any] | JSONResponse:
        name, created = f"projects/{project}/secrets/{secret}", clock().isoformat()
        try:
            payload = base64.b64decode(body.payload.data, validate=True)
        except binascii.Error:
            return _error(400, "payload.data is not base64.")
        version = vault.add(name, payload, created)
        return {"name": f"{name}/versions/{version}", "createTime": created, "state": "ENABLED"}

    @app.get("/v1/projects/{project}/secrets/{secret}/versions/{version}:access")
    def access(project: str, secret: str, version: str) -> dict[str, Any]:
        name = f"projects/{project}/secrets/{secret}"
        number, payload = vault.access(name, version)
        data = {"data": base64.b64encode(payload).decode(), "dataCrc32c": str(google_crc32c.value(payload))}
        return {"name": f"{name}/versions/{number}", "payload": data}

    @app.post("/v1/projects/{project}/secrets/{secret}/versions/{version}:destroy")
    def destroy(project: str, secret: str, version: str) -> dict[str, Any]:
        name = f"projects/{project}/secrets/{secret}"
        vault.destroy(name, version)
        return {"name": f"{name}/versions/{version}", "state": "DESTROYED"}
