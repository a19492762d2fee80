"""A browser, and a server process on a district of its own."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.api.pages.live import CLERK, PASSWORD, PIN, STEWARD_NUMBER

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).parents[3]
PHONE, DESK = (390, 844), (1440, 900)
BROWSER_ARGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-gpu", "--lang=zh-CN"]


@dataclass
class Visitor:
    """Somebody with a browser: what the page says, and everything that went wrong on the way."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the district."""
        self.page.goto(self.base + path)
        return self.page

    def signs_in_as_steward(self) -> Page:
        """With number and PIN."""
        page = self.open("/sign-in")
        page.fill("#name", STEWARD_NUMBER)
        page.fill("#secret", PIN)
        page.click("main button[type=submit]")
        page.wait_for_url("**/me")
        return page

    def signs_in_as_partner(self, token: str) -> Page:
        """With a token."""
        page = self.open("/sign-in?as=partner")
        page.fill("#secret", token)
        page.click("main button[type=submit]")
        page.wait_for_url("**/partner")
        return page

    def signs_in_as_clerk(self, login: str = CLERK) -> Page:
        """With login and password."""
        page = self.open("/sign-in?as=staff")
        page.fill("#name", login)
        page.fill("#secret", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/admin/cases")
        return page

    def waits_until(self, expression: str) -> None:
        """Wait until a script's expression holds. Playwright's own waiting evaluates in the page, which refuses it."""
        until = time.monotonic() + 30
        while not self.page.evaluate(expression):
            assert time.monotonic() < until, expression
            self.page.wait_for_timeout(50)

    def finds_no_barrier(self) -> None:
        """axe-core has nothing to say, and nothing sticks out of the window."""
        violations = Axe().run(self.page).response["violations"]
        assert not violations, [(found["id"], found["nodes"][0]["html"][:160]) for found in violations]
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"{self.page.url} is {beyond} px too wide"
        wider = "table => table.offsetWidth > table.parentElement.clientWidth + 1"
        tables = self.page.evaluate(f"[...document.querySelectorAll('table')].filter({wider}).length")
        assert tables == 0, f"{self.page.url} has a table wider than its place"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A server process on the district in a folder; answers its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.api.pages.live", str(folder), str(port)], cwd=ROOT, stdout=log, stderr=log
        )
        try:
            _wait_until_ready(process, base, folder)
            yield base
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_ready(process: subprocess.Popen[bytes], base: str, folder: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):
                return
        except OSError:
            assert process.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.1)
    raise AssertionError((folder / "server.log").read_text())


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the district in it, to be copied."""
    folder = tmp_path_factory.mktemp("district")
    with served(folder):
        pass
    return folder


@pytest.fixture
def own_server(filled: Path, tmp_path: Path) -> Iterator[str]:
    """A server for one test that changes things."""
    folder = tmp_path / "own"
    shutil.copytree(filled, folder)
    with served(folder) as base:
        yield base


@pytest.fixture(scope="session")
def server(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for all tests that only look."""
    folder = tmp_path_factory.mktemp("shared") / "district"
    shutil.copytree(filled, folder)
    with served(folder) as base:
        yield base


class Hall:
    """A server that can be stopped and started on the same port, with a district of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and wait until it does."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.api.pages.live", str(self.folder), str(self.port)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        _wait_until_ready(self.process, self.base, self.folder)

    def stop(self) -> None:
        """Be gone, without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=30)
            self.process = None


@pytest.fixture
def hall(filled: Path, tmp_path: Path) -> Iterator[Hall]:
    """A district of one test, whose server the test stops and starts."""
    folder = tmp_path / "hall"
    shutil.copytree(filled, folder)
    running = Hall(folder)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without calls of its own.

    Playwright holds the thread's event loop while it is open: a module without coroutines at most, or the tests that
    run after it in the same process could not open theirs.
    """
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGS)
        yield opened
        opened.close()


@contextmanager
def visiting(
    browser: Browser,
    base: str,
    size: tuple[int, int] = PHONE,
    *,
    locale: str = "zh-CN",
    scripts: bool = True,
    refused: int | None = None,
) -> Iterator[Visitor]:
    """A visit whose console has to stay silent, but for the status of an answer that is meant to be `refused`.

    4 stands for every status from 400 on.
    """
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=locale, java_script_enabled=scripts
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    visitor = Visitor(page, base)

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and f"status of {refused}" not in message.text:
            visitor.faults.append(f"{page.url}: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: visitor.faults.append(f"{page.url}: {error}"))
    try:
        yield visitor
    finally:
        context.close()
    assert not visitor.faults, visitor.faults
