"""Make the README's picture: the demo's digest as a mail client shows it.

    make picture

Runs `monitor demo`, then takes a picture of its digest with a headless Chromium. The page is read from a
file and asks for nothing, so no network is needed. Writes `digest.png` beside this script.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).with_name("digest.png")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# As wide as the digest's column with its margins, and high enough for its head and the first stories.
WIDTH, HEIGHT = 700, 780
# Sharp on a dense screen, and still small enough for a README.
SCALE = 1.5
LARGEST = 300_000  # bytes

FLAGS = (
    "--headless",
    "--no-sandbox",  # the page is our own, and in a container there is no sandbox to be had
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--blink-settings=preferredColorScheme=1",  # the light form
)


def main() -> None:
    """The demo, the picture, its size."""
    with tempfile.TemporaryDirectory(prefix="monitor-picture-") as folder:
        page = digest_of_demo(Path(folder) / "demo")
        take_picture(page, Path(folder) / "profile")
    size = PICTURE.stat().st_size
    if size >= LARGEST:
        sys.exit(f"{PICTURE.name} has {size:,} bytes; make it smaller than {LARGEST:,}")
    print(f"{PICTURE} ({size:,} bytes)")


def digest_of_demo(folder: Path) -> Path:
    """The HTML file of a fresh demo's digest."""
    command = [sys.executable, "-m", "monitor", "--json", "-q", "demo", "--keep", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(json.loads(done.stdout)["digest_html"])


def take_picture(page: Path, profile: Path) -> None:
    """The top of the page, as PNG."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("no Chromium here; on Debian and Ubuntu: apt install chromium")
    PICTURE.unlink(missing_ok=True)
    subprocess.run(
        [
            browser,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--force-device-scale-factor={SCALE}",
            f"--window-size={WIDTH},{HEIGHT}",
            f"--screenshot={PICTURE}",
            page.as_uri(),
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )


if __name__ == "__main__":
    main()
