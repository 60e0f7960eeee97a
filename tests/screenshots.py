"""Pictures of the demo for the documentation: ``python -m tests.screenshots``.

It takes the page of the latest night and of the chain's rehearsal, so it needs both: ``make demo``, ``returns-risk
models promote``, and ``returns-risk nightly --as-of`` for a day or more (``shop-simulator simulate --next-day`` adds
the next). The workbook is shown by LibreOffice on a screen of its own: Debian's libreoffice-calc, libreoffice-gtk3,
xvfb, xdotool and imagemagick. Without them its picture is left as it is, and that is said.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
TOOLS = ("soffice", "Xvfb", "xdotool", "import")
SCREEN, WIDTH, HEIGHT = ":77", 1500, 760


def main() -> None:
    """Take the page as it is on a desk, in the dark, on a phone and on paper, and the workbook as it opens."""
    night, rehearsal = latest("as_of=*"), latest("chain/as_of=*")
    for scheme in ("light", "dark"):
        with picture(night, f"page-{scheme}", scheme):
            pass
    with picture(night, "page-control") as page:
        page.locator("#tab-control").click()
        page.locator("#state button").click()
        page.locator("#orders .open").first.click()
    with picture(rehearsal, "page-rehearsal"):
        pass
    with picture(night, "page-phone-list", width=390):
        pass
    with picture(night, "page-phone-order", width=390) as page:
        page.locator("#orders .open").first.click()
    with picture(night, "page-print", width=1040) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        sys.stdout.write(f"no picture of the workbook: {', '.join(missing)} not found\n")
    else:
        take_workbook(night / "flagged_orders.xlsx", IMAGES / "workbook.png")


def latest(pattern: str) -> Path:
    """Return the latest finished export of a pattern."""
    finished = sorted((ROOT / "exports").glob(f"{pattern}/_SUCCESS"))
    if not finished:
        sys.exit(
            f"error: exports/{pattern}: there is no finished export. The docstring of this module says how to make it."
        )
    return finished[-1].parent


@contextmanager
def picture(export: Path, name: str, scheme: str = "light", width: int = 1440) -> Iterator["Page"]:
    """Open the page of an export, and take its first screen once the block has arranged it."""
    with opened(export / "report.html", scheme, width) as page:
        yield page
        page.mouse.move(0, 0)
        file = IMAGES / f"{name}.png"
        page.screenshot(path=file, animations="disabled")
        # A palette halves the file, and nobody sees it.
        Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    sys.stdout.write(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB\n")


def take_workbook(file: Path, picture: Path) -> None:
    """Open a workbook and take the whole screen."""
    environment = os.environ | {"DISPLAY": SCREEN}
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(file, folder)
        office = [
            "soffice", f"-env:UserInstallation=file://{folder}/profile", "--norestore", "--nologo", "--calc", copy,
        ]  # fmt: skip
        screen = subprocess.Popen(["Xvfb", SCREEN, "-screen", "0", f"{WIDTH}x{HEIGHT}x24"])
        time.sleep(2)
        shown = subprocess.Popen(office, env=environment)
        try:
            window = ["xdotool", "search", "--sync", "--onlyvisible", "--name", file.name]
            found = subprocess.run(window, env=environment, capture_output=True, text=True, check=True, timeout=120)
            number = found.stdout.split()[-1]
            size = ["xdotool", "windowsize", number, str(WIDTH), str(HEIGHT), "windowmove", number, "0", "0"]
            subprocess.run(size, env=environment, check=True)
            time.sleep(10)  # until the sheet is drawn
            subprocess.run(["import", "-window", "root", str(picture)], env=environment, check=True)
        finally:
            subprocess.run(["xdotool", "search", "--name", file.name, "windowkill"], env=environment, check=False)
            shown.terminate()
            shown.wait()
            screen.terminate()
            screen.wait()


if __name__ == "__main__":
    main()
