"""A BigQuery client for the local BigQuery, whose Storage API no environment variable can address."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, bigquery_storage_v1
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

from sandbox.stack import PROJECT, Ports, Stack


class LocalClient(bigquery.Client):
    """Talks to the emulator at `rest_url`, and reads results over gRPC at `storage_address` (host:port)."""

    def __init__(self, rest_url: str, storage_address: str) -> None:
        super().__init__(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": rest_url},
        )
        self._storage_address = storage_address

    def _ensure_bqstorage_client(self, *_: Any, **__: Any) -> bigquery_storage_v1.BigQueryReadClient:
        unlimited = [("grpc.max_receive_message_length", -1)]
        channel = grpc.insecure_channel(self._storage_address, options=unlimited)
        return bigquery_storage_v1.BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))


@contextmanager
def local_client(data: Path) -> Generator[LocalClient]:
    """A BigQuery of its own on free ports, stopped at the end; `data` is where it keeps its files."""
    with Stack(data, Ports.free()) as stack:
        stack.start_warehouse()
        yield LocalClient(stack.bigquery_url, f"127.0.0.1:{stack.ports.bigquery_storage}")
