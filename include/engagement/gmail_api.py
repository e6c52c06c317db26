"""The four requests that are made to Gmail, with their waits.

Quotas (developers.google.com/workspace/gmail/api/reference/quota): 6,000 units a minute and user; a list or a
message costs 5, a page of history 2. Gmail says 429, or 403 with `rateLimitExceeded` or `userRateLimitExceeded`,
when they are used up; the answer may say how long to wait.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import tenacity

from include.engagement.errors import SourceRefused, SourceUnavailable
from include.engagement.mail_records import HEADERS

if TYPE_CHECKING:
    import datetime as dt

log = logging.getLogger(__name__)

ATTEMPTS = 8
LONGEST_WAIT = 300.0
"""Seconds: an answer that asks for a longer wait ends the attempts."""
PAGE = 100
"""Messages of a page."""
MESSAGE_FIELDS = "id,threadId,internalDate,labelIds,payload/headers"
"""All that is asked of a message: no snippet, no body, no subject."""
SHORT_QUOTA = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
QUOTA = SHORT_QUOTA | {"dailyLimitExceeded", "quotaExceeded"}
"""Reasons of a 403 that pass by themselves; those of `SHORT_QUOTA` within a minute."""


class NotFound(SourceRefused):
    """Gmail answered 404."""


class BadRequest(SourceRefused):
    """Gmail answered 400."""


@dataclasses.dataclass(frozen=True)
class GmailApi:
    """One mailbox.

    Args:
        service: Gmail's discovery client, authorised for the mailbox.
        mailbox: its address.
        now: clock.
        sleep: waits that many seconds.
    """

    service: Any
    mailbox: str
    now: Callable[[], dt.datetime]
    sleep: Callable[[float], None]

    def history_id(self) -> str:
        """The mailbox's present position in its history."""
        return self._execute(self._users.getProfile(userId=self.mailbox, fields="historyId"))["historyId"]

    def messages(self, page_token: str | None) -> tuple[list[str], str | None]:
        """Ids of a page of messages, the newest first, without spam and trash; and the token of the next page."""
        answer = self._execute(
            self._users.messages().list(
                userId=self.mailbox, maxResults=PAGE, pageToken=page_token, fields="messages/id,nextPageToken"
            )
        )
        return [message["id"] for message in answer.get("messages", [])], answer.get("nextPageToken")

    def history(self, start: str, page_token: str | None) -> dict[str, Any]:
        """A page of what came into the mailbox, or out of its spam and trash, after a position.

        Raises:
            NotFound: Gmail keeps no history that old.
        """
        return self._execute(
            self._users.history().list(
                userId=self.mailbox,
                startHistoryId=start,
                pageToken=page_token,
                maxResults=PAGE,
                historyTypes=["messageAdded", "labelRemoved"],
                fields="history(id,messagesAdded/message/id,labelsRemoved(message/id,labelIds)),historyId,nextPageToken",
            )
        )

    def message(self, message_id: str) -> dict[str, Any] | None:
        """Addresses, ids and time of a message; None when it is gone."""
        request = self._users.messages().get(
            userId=self.mailbox, id=message_id, format="metadata", metadataHeaders=list(HEADERS), fields=MESSAGE_FIELDS
        )
        try:
            return self._execute(request)
        except NotFound:
            return None

    @property
    def _users(self) -> Any:
        return self.service.users()

    def _execute(self, request: Any) -> dict[str, Any]:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._is_temporary),
            wait=self._wait,
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(request.execute)
        except Exception as error:
            raise self._told(error) from None

    def _is_temporary(self, error: BaseException) -> bool:
        status, reason, wait = self._answer(error)
        if status == 403:
            return reason in SHORT_QUOTA and wait <= LONGEST_WAIT
        return (status in {0, 429} or status >= 500) and wait <= LONGEST_WAIT

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = self._answer(error)[2] if error else 0.0
        return asked or tenacity.wait_random_exponential(multiplier=1, max=64)(state)

    def _answer(self, error: BaseException) -> tuple[int, str, float]:
        """Status, reason and the seconds to wait that an answer states; 0 for a connection that failed, -1 else."""
        import google.auth.exceptions
        import httplib2
        from googleapiclient.errors import HttpError

        if isinstance(error, HttpError):
            details: Any = error.error_details if isinstance(error.error_details, list) else []
            reason = next((str(each["reason"]) for each in details if "reason" in each), "")
            return int(error.resp.status), reason, self._seconds(error.resp.get("retry-after"))
        lost = isinstance(error, (OSError, httplib2.HttpLib2Error, google.auth.exceptions.TransportError))
        return (0 if lost else -1), "", 0.0

    def _seconds(self, header: str | None) -> float:
        """Retry-After: seconds, or a date."""
        if not header:
            return 0.0
        if header.isdigit():
            return float(header)
        try:
            return max(0.0, (parsedate_to_datetime(header) - self.now()).total_seconds())
        except (ValueError, TypeError):
            return 0.0

    def _told(self, error: Exception) -> Exception:
        """The error in our words: Google's own may quote addresses and queries."""
        status, reason, _ = self._answer(error)
        if status == -1 and not type(error).__module__.startswith("google.auth"):
            return error
        what = f"{status} {reason}".strip() if status > 0 else type(error).__name__
        if status in {0, 429} or status >= 500 or (status == 403 and reason in QUOTA):
            return SourceUnavailable(
                f"Gmail does not give {self.mailbox} now ({what}): the next run goes on from here."
            )
        kind = {404: NotFound, 400: BadRequest}.get(status, SourceRefused)
        return kind(
            f"Gmail refuses {self.mailbox} ({what}): see that the mailbox exists, and that the service account has "
            f"domain-wide delegation with the scope gmail.metadata (docs/deployment.md)."
        )
