"""Gmail through the Google provider's discovery hook, on behalf of one mailbox.

The provider's hook passes no subject, so domain-wide delegation needs this subclass
(developers.google.com/identity/protocols/oauth2/service-account: the `sub` of the signed request).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.google.common.hooks.discovery_api import GoogleDiscoveryApiHook

from include.engagement.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

SCOPE = "https://www.googleapis.com/auth/gmail.metadata"
"""The narrowest scope that lists messages and their headers: with it Gmail gives no body to anybody."""


class GmailHook(GoogleDiscoveryApiHook):
    """Gmail's API as one user sees it.

    The connection is of type `google_cloud_platform`. Its credentials are a service account's key (`keyfile_dict`,
    `key_path`, `key_secret_name`); or, without any key, the environment's own account, and in the extra field
    `delegated_account` the address of the service account that has the delegation: the environment's account needs
    `roles/iam.serviceAccountTokenCreator` on it. An extra field `api_endpoint` replaces Google's address.

    Args:
        gcp_conn_id: the connection.
        mailbox: address of the user whose mailbox it is.
    """

    def __init__(self, gcp_conn_id: str, mailbox: str) -> None:
        super().__init__("gmail", "v1", gcp_conn_id)
        self.mailbox = mailbox

    @property
    def scopes(self) -> Sequence[str]:
        """The one scope that is asked for, whatever the connection says."""
        return [SCOPE]

    def get_credentials(self) -> Any:
        """Credentials that act for the mailbox.

        Raises:
            ConfigurationError: the connection's credentials can act for nobody else.
        """
        credentials: Any = super().get_credentials()
        if self._get_field("is_anonymous"):
            return credentials
        if account := self._get_field("delegated_account"):
            from google.auth.impersonated_credentials import Credentials

            return Credentials(credentials, account, [SCOPE], subject=self.mailbox)
        if not hasattr(credentials, "with_subject"):
            raise ConfigurationError(
                f"The connection {self.gcp_conn_id} has no service account's key and names no delegated_account: "
                f"nothing can act for {self.mailbox} (docs/deployment.md says how)."
            )
        return credentials.with_subject(self.mailbox)

    def get_client_options(self, api_endpoint_override: str | None = None) -> Any:
        """Google's address, or the one that the connection names."""
        return super().get_client_options(api_endpoint_override or self._get_field("api_endpoint"))
