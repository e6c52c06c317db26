"""Bodies of answers, read up to a limit: neither a huge answer nor a small one that unpacks into one fills memory."""

from __future__ import annotations

import requests

from include.lightspeed.errors import UnexpectedResponse

LARGEST = 64 * 1024 * 1024
"""Bytes of an answer, unpacked. A thousand sales of forty lines each, X-Series' largest usual page, take 20 MB."""
CHUNK = 256 * 1024


def keep(response: requests.Response, largest: int) -> None:
    """Read the body of an answer that was asked for with ``stream=True``; ``response.content`` has it then.

    However well it is packed, a chunk of it unpacks into ``CHUNK`` bytes at a time (urllib3, from 2.6 on), so no
    more than ``largest`` and a chunk is ever held.

    Raises:
        UnexpectedResponse: there are more than ``largest`` bytes; the connection is given up.
        requests.RequestException: the connection broke, or the body cannot be unpacked.
    """
    chunks, size = [], 0
    for chunk in response.iter_content(CHUNK):
        size += len(chunk)
        if size > largest:
            response.close()
            raise UnexpectedResponse(
                f"An answer has more than {largest // 1024**2} MiB, status {response.status_code}: it was not read "
                "further; ask for smaller pages (page_size)."
            )
        chunks.append(chunk)
    response._content = b"".join(chunks)
