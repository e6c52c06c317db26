"""Imported by every Airflow process of the sandbox: reaches what configuration cannot.

The Storage Read API, through which `to_arrow()` and `to_dataframe()` stream, has no variable for an emulator's
address. Without BIGQUERY_STORAGE_EMULATOR_HOST nothing happens here.
"""

from __future__ import annotations

import os
from typing import Any


def _use_storage_emulator(address: str) -> None:
    # A finder would be neater than an import now, but the class is needed by every task that reads anyway.
    from google.cloud.bigquery import Client

    def _ensure_bqstorage_client(
        self: Client, bqstorage_client: Any = None, client_options: Any = None, client_info: Any = None
    ) -> Any:
        if bqstorage_client is not None:
            return bqstorage_client
        import grpc
        from google.cloud.bigquery_storage_v1 import BigQueryReadClient
        from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
            BigQueryReadGrpcTransport,
        )

        channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)])
        return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))

    Client._ensure_bqstorage_client = _ensure_bqstorage_client


if os.environ.get("BIGQUERY_STORAGE_EMULATOR_HOST"):
    _use_storage_emulator(os.environ["BIGQUERY_STORAGE_EMULATOR_HOST"])
