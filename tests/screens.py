"""Screenshots for the documents: `python -m tests.screens [FOLDER]` builds the small demo, serves it and looks at it.

The demo is kept in FOLDER for the next time, or in a temporary folder. Pictures go to docs/screens.
"""

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from tests.api.pages.conftest import BROWSER_ARGS, CHROMIUM, DESK, PHONE, free_port

ROOT = Path(__file__).parents[1]
SCREENS = ROOT / "docs" / "screens"
HALL = (1920, 1080)
_JINPAI = (sys.executable, "-m", "api.cli")

Visit = Callable[[Page, str], None]


def _at(path: str) -> Visit:
    def visit(page: Page, base: str) -> None:
        page.goto(base + path)

    return visit


def _enter(page: Page, base: str, door: str) -> None:
    page.goto(base)
    page.click(f"button[value={door}]")
    page.wait_for_load_state()


def _as_steward(path: str = "/me") -> Visit:
    def visit(page: Page, base: str) -> None:
        _enter(page, base, "steward")
        page.goto(base + path)

    return visit


def _as_street(path: str = "/admin/cases") -> Visit:
    def visit(page: Page, base: str) -> None:
        _enter(page, base, "street")
        page.goto(base + path)

    return visit


def _reads_why(page: Page, base: str) -> None:
    _as_steward("/me/statement")(page, base)
    page.locator(".why summary").nth(1).click()


def _reports(page: Page, base: str) -> None:
    _as_steward("/me/report")(page, base)
    page.click("label[for=category-road_damage]")


def _large(page: Page, base: str) -> None:
    _as_steward()(page, base)
    page.goto(base + "/preferences?text=large&next=/me")


def _lane(page: Page, base: str) -> None:
    page.goto(base)
    page.click("a[href^='/lanes/']")


def _lane_report(page: Page, base: str) -> None:
    _lane(page, base)
    page.click("main a[href$='/report']")
    page.wait_for_load_state()


def _orders(page: Page, base: str) -> None:
    _as_steward("/me/orders?show=all")(page, base)
    page.locator("main a.entry").first.click()
    page.wait_for_load_state()


def _one_steward(page: Page, base: str) -> None:
    _as_street("/admin/stewards")(page, base)
    page.locator("tbody a").nth(1).click()
    page.wait_for_load_state()


def _tries_a_sheet(page: Page, base: str) -> None:
    _as_street("/admin/cases/new")(page, base)
    lane = page.locator("#lane option").nth(1).get_attribute("value")
    rows = (
        "东直门街道案件,,,,\n案件编号,上报时间,类别,小巷编号,处置结果\n"
        f"D-1,2026-11-02 08:05,litter,{lane},已核实\nD-2,2026-11-31 09:05,litter,{lane},已核实\n"
        f"D-3,2026-11-03 10:00,clutter,{lane},已解决\nD-4,2026-11-04 07:40,no_such_thing,{lane},待核实\n"
    )
    page.goto(base + "/admin/import")
    sheet = FilePayload(name="东直门 11 月.csv", mimeType="text/csv", buffer=rows.encode("gb18030"))
    page.set_input_files("#sheet", files=[sheet])
    page.click("main form button[type=submit]")
    page.wait_for_load_state()


SHOTS: tuple[tuple[str, tuple[int, int], str, Visit], ...] = (
    ("front", DESK, "zh-CN", _at("/")),
    ("front-phone", PHONE, "zh-CN", _at("/")),
    ("front-en", DESK, "en-GB", _at("/")),
    ("sign-in-phone", PHONE, "zh-CN", _at("/sign-in")),
    ("home-phone", PHONE, "zh-CN", _as_steward()),
    ("home-large-phone", PHONE, "zh-CN", _large),
    ("home-en", DESK, "en-GB", _as_steward()),
    ("statement-phone", PHONE, "zh-CN", _reads_why),
    ("report-phone", PHONE, "zh-CN", _reports),
    ("rules-phone", PHONE, "zh-CN", _at("/rules")),
    ("lane-phone", PHONE, "zh-CN", _lane),
    ("lane-report-phone", PHONE, "zh-CN", _lane_report),
    ("card-phone", PHONE, "zh-CN", _as_steward("/me/card")),
    ("redeem-phone", PHONE, "zh-CN", _as_steward("/me/redeem")),
    ("order-phone", PHONE, "zh-CN", _orders),
    ("overview", DESK, "zh-CN", _as_street("/admin")),
    ("overview-phone", PHONE, "zh-CN", _as_street("/admin")),
    ("sightings", DESK, "zh-CN", _as_street("/admin/sightings")),
    ("teams", DESK, "zh-CN", _as_street("/admin/teams")),
    ("titles", DESK, "zh-CN", _as_street("/admin/titles")),
    ("queue", DESK, "zh-CN", _as_street()),
    ("queue-en", DESK, "en-GB", _as_street()),
    ("queue-phone", PHONE, "zh-CN", _as_street()),
    ("import", DESK, "zh-CN", _tries_a_sheet),
    ("roster", DESK, "zh-CN", _as_street("/admin/stewards")),
    ("steward", DESK, "zh-CN", _one_steward),
    ("display", HALL, "zh-CN", _at("/display/points")),
    ("display-en", HALL, "en-GB", _at("/display/points")),
)


@contextmanager
def served_demo(folder: Path) -> Iterator[str]:
    """The small demo, built where it is not yet, and served."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    subprocess.run([*_JINPAI, "demo", "--data", str(folder), "--no-serve"], cwd=ROOT, check=True, stdout=sys.stderr)
    with subprocess.Popen(
        [*_JINPAI, "demo", "--data", str(folder), "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as server:
        try:
            _wait(server, base)
            yield base
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], base: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):
                return
        except OSError:
            if server.poll() is not None:
                raise SystemExit("the demo did not start") from None
            time.sleep(0.2)
    raise SystemExit("the demo did not answer")


def _shoot(browser: Browser, base: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    for name, (width, height), locale, visit in SHOTS:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=locale, device_scale_factor=2 if width < 500 else 1
        )
        page = context.new_page()
        visit(page, base)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=SCREENS / f"{name}.png")
        context.close()
        sys.stderr.write(f"docs/screens/{name}.png\n")


def _together() -> None:
    """The README's picture: a phone, a desk and the hall side by side."""
    height, gap = 620, 24
    shown = [Image.open(SCREENS / f"{name}.png").convert("RGB") for name in ("home-phone", "queue", "display")]
    scaled = [picture.resize((round(picture.width * height / picture.height), height)) for picture in shown]
    width = sum(picture.width for picture in scaled) + gap * (len(scaled) + 1)
    sheet = Image.new("RGB", (width, height + 2 * gap), "#f6f2ec")
    left = gap
    for picture in scaled:
        sheet.paste(picture, (left, gap))
        left += picture.width + gap
    sheet.save(SCREENS / "readme.png", optimize=True)


def main() -> None:
    """Build, serve, look."""
    with tempfile.TemporaryDirectory(prefix="jinpai-screens-") as temporary:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(temporary)
        with served_demo(folder) as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGS)
            _shoot(browser, base)
            browser.close()
    _together()


if __name__ == "__main__":
    main()
