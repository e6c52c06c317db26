"""What can be set on the simulated shop: its size, credentials, pace, and the API's undocumented choices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SimulatorSettings:
    """One simulated Lightspeed account, reachable through both API series.

    Attributes:
        registers: Registers in the subscription; sets both series' rate limits.
        speed: Virtual seconds of selling per real second; 0 sells nothing live.
        longest_gap_seconds: The virtual clock skips what two sales lie further apart than this (a night, say);
            0 skips nothing.
        account_id: R-Series account id, a decimal string.
        client_id: OAuth client id of both series' connections.
        client_secret: OAuth client secret of both series' connections.
        refresh_token: The first R-Series refresh token, valid until it is rotated away.
        x_refresh_token: The first X-Series refresh token, valid until it is used.
        personal_token: X-Series personal token (static bearer).
        access_token_seconds: Life of an R-Series access token.
        x_access_token_seconds: Life of an X-Series access token.
        tax_basis_points: Sales tax on every line, in 1/100 of a percent (825 = 8.25 %).
        x_page_size_cap: Largest X-Series page; larger requests are clamped without a word.
        void_moves_timestamp: Whether voiding or editing a completed R-Series sale moves its ``timeStamp``
            (the documentation lets both readings stand).
        rate_limited: False switches both series' rate limits off, for measurements.
    """

    registers: int = 1
    speed: float = 1.0
    longest_gap_seconds: float = 0.0
    account_id: str = "100001"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"  # noqa: S105
    refresh_token: str = "sandbox-refresh-token"  # noqa: S105
    x_refresh_token: str = "sandbox-x-refresh-token"  # noqa: S105
    personal_token: str = "lsxs_pt_sandbox"  # noqa: S105
    access_token_seconds: int = 1800
    x_access_token_seconds: int = 86_400
    tax_basis_points: int = 825
    x_page_size_cap: int = 1000
    void_moves_timestamp: bool = False
    rate_limited: bool = True
