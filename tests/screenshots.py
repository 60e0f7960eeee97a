"""Pictures of the demo's export for the pages: ``python -m tests.screenshots`` after ``make demo``.

The workbook is shown by LibreOffice on a screen of its own: Debian's libreoffice-calc, libreoffice-gtk3, xvfb, xdotool
and imagemagick. Without them its picture is left as it is, and that is said.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.browser import opened

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
TOOLS = ("soffice", "Xvfb", "xdotool", "import")
SCREEN, WIDTH, HEIGHT = ":77", 1500, 760


def main() -> None:
    """Take the report in light and in dark, with its first order opened, and the workbook as it opens."""
    export = max((ROOT / "exports").glob("chain/as_of=*/_SUCCESS")).parent
    for scheme in ("light", "dark"):
        with opened(export / "report.html", scheme, width=1100) as page:
            page.locator("#orders tbody tr.order").first.click()
            page.mouse.move(0, 0)
            page.screenshot(
                path=IMAGES / f"report-{scheme}.png",
                clip={"x": 0, "y": 0, "width": 1100, "height": 1990},
                full_page=True,
            )
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        sys.stdout.write(f"no picture of the workbook: {', '.join(missing)} not found\n")
    else:
        take_workbook(export / "flagged_orders.xlsx", IMAGES / "workbook.png")


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
