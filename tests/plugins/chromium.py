"""Headless Chromium, Debian's package, driven over the DevTools protocol: pages as a person sees them."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect
from websockets.sync.connection import Connection

START_SECONDS, ANSWER_SECONDS = 60, 60
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


class Browser:
    """One tab. `errors` collects what the console and the network report as errors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._events: list[dict[str, Any]] = []
        self.errors: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its result."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = self._receive()
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]

    def look(self, width: int, height: int, theme: str) -> None:
        """Set the size of the window and the system's theme (`light` or `dark`)."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def open(self, url: str) -> None:
        """Go to an address and wait until it is loaded."""
        self._events.clear()
        self.send("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def wait_for(self, event: str) -> None:
        """Wait for an event since the latest `open` or `wait_for`."""
        while not any(seen["method"] == event for seen in self._events):
            self._receive()
        self._events.clear()

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page (the page's policy does not bind DevTools)."""
        return self.send("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """Press a key."""
        codes = {"Tab": 9, "Enter": 13}
        shared = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
        self.send("Input.dispatchKeyEvent", type="keyUp", **shared)

    def screenshot(self, path: Path) -> None:
        """Save the whole page as a PNG."""
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def _receive(self) -> dict[str, Any]:
        message = json.loads(self._connection.recv(timeout=ANSWER_SECONDS))
        if "method" in message:
            self._events.append(message)
            self.errors += _errors(message["method"], message["params"])
        return message


def _errors(method: str, parameters: dict[str, Any]) -> list[str]:
    if method == "Runtime.exceptionThrown":
        return [str(parameters["exceptionDetails"])]
    if method == "Runtime.consoleAPICalled" and parameters["type"] == "error":
        return [str(parameters["args"])]
    if method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
        return [f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}"]
    return []


@contextlib.contextmanager
def running_browser(folder: Path) -> Generator[Browser]:
    """Start Chromium with a profile of its own below `folder`; stop it afterwards.

    Raises:
        AssertionError: it is not installed.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program, "Chromium is missing: install Debian's package `chromium`."
    command = [
        *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
        *("--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(_tab(folder, process), max_size=None) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        process.wait(timeout=15)


def _tab(folder: Path, process: subprocess.Popen) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "Chromium stopped."
        with contextlib.suppress(OSError, IndexError, httpx.TransportError):
            port = (folder / "DevToolsActivePort").read_text().split()[0]
            tabs = httpx.get(f"http://127.0.0.1:{port}/json/list", timeout=10).json()
            return next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        time.sleep(0.1)
    raise AssertionError("Chromium did not start in time.")
