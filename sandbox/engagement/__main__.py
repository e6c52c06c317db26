"""``python -m sandbox.engagement``: serve Gmail with the replayed households' mail until a signal."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import TYPE_CHECKING

import uvicorn

from sandbox.engagement.behaviour import MAILBOXES, mails, purchases
from sandbox.engagement.gmail import Gmail
from sandbox.engagement.mailbox import Mailbox
from sandbox.lightspeed.dataset import complete_journey

if TYPE_CHECKING:
    from collections.abc import Sequence


def now_utc() -> dt.datetime:
    """The wall clock."""
    return dt.datetime.now(dt.UTC)


def filled(days: int) -> dict[str, Mailbox]:
    """The shop's mailboxes with the mail of so many days; what lies in the future is still to come."""
    mailboxes = {address: Mailbox(address) for address in MAILBOXES}
    written = list(mails(purchases(complete_journey(), now_utc(), days)))
    for mailbox in mailboxes.values():
        mailbox.expect(written)
        mailbox.arrive(int(now_utc().timestamp() * 1000))
    return mailboxes


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.engagement", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--days", type=int, default=60, help="days of mail before now")
    parsed = parser.parse_args(arguments)
    gmail = Gmail(filled(parsed.days), now_utc)
    uvicorn.run(gmail.app(), host=parsed.host, port=parsed.port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
