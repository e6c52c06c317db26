"""Every HTTP request of a worker passes here: counted, noted, and disturbed where its attempt's fault says so."""

from __future__ import annotations

import dataclasses
import io
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.chaos.schedule import TaskFault


@dataclasses.dataclass
class Interception:
    """What happens to the requests of this process.

    Attributes:
        fault: what befalls it; None lets everything pass.
        index: the number of the request that the fault is about, the first is 1; 0: the fault names it otherwise.
        seen: "METHOD address" of the requests so far.
        spared: parts of addresses at which this process is not disturbed.
    """

    fault: TaskFault | None
    index: int
    spared: tuple[str, ...] = ()
    seen: list[str] = dataclasses.field(default_factory=list)
    met: int = 0
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def install(self) -> None:
        """Take over the sending of requests in this process."""
        send = HTTPAdapter.send

        def disturbed(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            fault = self._note(f"{request.method} {request.url}")
            if fault is None:
                return send(adapter, request, **options)
            return _suffer(fault, request, lambda: send(adapter, request, **options))

        HTTPAdapter.send = disturbed  # ty: ignore[invalid-assignment]

    def _note(self, line: str) -> TaskFault | None:
        with self.lock:
            self.seen.append(line)
            fault = self.fault
            if fault is None or any(part in line for part in self.spared):
                return None
            if fault.request:
                self.met += fault.request in line
                due = fault.request in line and self.met == fault.nth
            else:
                due = len(self.seen) >= self.index
            if due:
                self.fault = None
            return fault if due else None


def _suffer(fault: TaskFault, request: requests.PreparedRequest, send: Callable[[], requests.Response]) -> Any:
    if fault.how == "503":
        return _unavailable(request)
    if fault.how == "cut":
        if fault.side == "after":
            send()
        raise requests.ConnectionError("Connection aborted: the peer is gone")
    if fault.side == "during":
        threading.Timer(fault.delay, _stop, (fault,)).start()
        return send()
    if fault.side == "before":
        _stop(fault)
        return send()
    answer = send()
    _stop(fault)
    return answer


def _stop(fault: TaskFault) -> None:
    os.kill(os.getpid(), signal.SIGKILL if fault.how == "kill" else signal.SIGSTOP)


def _unavailable(request: requests.PreparedRequest) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer.url, answer.request = 503, request.url or "", request
    answer.headers["Content-Type"] = "application/json"
    answer.raw = io.BytesIO(
        b'{"error":{"code":503,"message":"Service Unavailable","errors":[{"reason":"backendError"}]}}'
    )
    return answer
