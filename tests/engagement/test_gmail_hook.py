"""The hook acts for a mailbox, by a key or without one, with the narrowest scope."""

from __future__ import annotations

import json
from typing import Any

import pytest
from airflow.providers.google.common.hooks.base_google import GoogleBaseHook
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.credentials import AnonymousCredentials

from include.engagement.errors import ConfigurationError
from include.engagement.gmail_hook import SCOPE, GmailHook

MAILBOX = "hello@shop.example"


def hook(monkeypatch: pytest.MonkeyPatch, **extra: Any) -> GmailHook:
    connection = {"conn_type": "google_cloud_platform", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_GMAIL_DEFAULT", json.dumps(connection))
    return GmailHook("gmail_default", MAILBOX)


@pytest.fixture(scope="module")
def key() -> dict[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return {
        "type": "service_account",
        "project_id": "p",
        "client_email": "mail@p.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
        "private_key": private.private_bytes(*form).decode(),
    }


def test_a_key_acts_for_the_mailbox_with_the_narrowest_scope(monkeypatch, key):
    credentials = hook(monkeypatch, keyfile_dict=key, scope="https://mail.google.com/").get_credentials()
    assert credentials._subject == MAILBOX
    assert credentials._scopes == [SCOPE]
    assert SCOPE.endswith("/gmail.metadata")


def test_without_a_key_the_environments_account_signs_for_the_delegated_one(monkeypatch):
    monkeypatch.setattr(GoogleBaseHook, "get_credentials", lambda _: AnonymousCredentials())
    account = "mail@p.iam.gserviceaccount.com"
    credentials = hook(monkeypatch, delegated_account=account).get_credentials()
    assert (credentials.service_account_email, credentials._subject) == (account, MAILBOX)
    assert credentials._target_scopes == [SCOPE]


def test_credentials_that_can_act_for_nobody_are_told_in_a_sentence(monkeypatch):
    monkeypatch.setattr(GoogleBaseHook, "get_credentials", lambda _: AnonymousCredentials())
    with pytest.raises(ConfigurationError, match=r"gmail_default has no service account's key.*hello@shop\.example"):
        hook(monkeypatch).get_credentials()


def test_only_the_connection_moves_the_endpoint(monkeypatch):
    assert hook(monkeypatch).get_client_options().api_endpoint is None
    moved = hook(monkeypatch, is_anonymous=True, api_endpoint="http://127.0.0.1:1/")
    assert moved.get_conn()._baseUrl == "http://127.0.0.1:1/"
