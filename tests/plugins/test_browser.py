"""The pages in a browser: both themes, a desk and a phone, the keyboard, Airflow's own frame; no console error.

Their screenshots go to `docs/screenshots`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.api_server import READER, REPOSITORY, ApiServer
from tests.plugins.chromium import Browser, running_browser
from tests.plugins.rows import KNOWN

pytestmark = pytest.mark.full

SCREENSHOTS = REPOSITORY / "docs" / "screenshots"
PAGES = {"customer": f"customer?id={KNOWN}", "shop": "shop", "model": "model"}
WINDOWS = {"desk": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser(simple_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with running_browser(tmp_path_factory.mktemp("chromium")) as started:
        started.send("Network.setCookie", name="_token", value=simple_server.token(READER), url=simple_server.url)
        yield started


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_the_window_and_the_theme(
    browser: Browser, simple_server: ApiServer, page: str, window: str, theme: str
):
    browser.errors.clear()
    browser.look(*WINDOWS[window], theme)
    browser.open(f"{simple_server.api}/pages/{PAGES[page]}")
    assert browser.errors == []
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1
    assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}[theme]
    _save(browser, f"{page}-{window}-{theme}")


def _save(browser: Browser, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    path: Path = SCREENSHOTS / f"{name}.png"
    browser.screenshot(path)
    assert path.stat().st_size > 5000


def test_a_customer_is_looked_up_with_the_keyboard_alone(browser: Browser, simple_server: ApiServer):
    browser.errors.clear()
    browser.look(*WINDOWS["desk"], "light")
    browser.open(f"{simple_server.api}/pages/customer")
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        if browser.evaluate("document.activeElement.id") == "id":
            break
        browser.press("Tab")
    browser.send("Input.insertText", text=KNOWN)
    browser.press("Enter", text="\r")
    browser.wait_for("Page.loadEventFired")
    assert browser.evaluate("document.querySelector('h1').textContent") == f"Customer {KNOWN}"
    assert browser.errors == []


@pytest.mark.parametrize("page", PAGES)
def test_airflows_own_ui_shows_the_page_in_its_frame(browser: Browser, simple_server: ApiServer, page: str):
    browser.look(*WINDOWS["desk"], "light")
    browser.open(f"{simple_server.url}/plugin/customer-profiles-{page}")
    heading = (
        "[...document.querySelectorAll('iframe')].map(f => f.contentDocument?.querySelector('h1')?.textContent)[0]"
    )
    for _ in range(100):
        if shown := browser.evaluate(heading):
            break
        browser.send("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 200))", awaitPromise=True)
    assert shown == {"customer": "Customer", "shop": "Shop", "model": "Models"}[page]
