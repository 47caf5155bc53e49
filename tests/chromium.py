"""Find a Chromium for the browser tests: NUANQUN_CHROMIUM, the system's, Playwright's own, else Debian's package.

The libraries that PDF reports are drawn with come along.

As a script it makes sure there is one and prints its path; it fails with what to do otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
FONTS = ("fonts-noto-cjk", "fonts-noto-color-emoji")
PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
"""What weasyprint draws PDF reports with."""
PACKAGES = ("chromium", *FONTS, *PANGO)
ADVICE = (
    "No Chromium was found for the browser tests. Install one: `sudo apt install chromium fonts-noto-cjk "
    "fonts-noto-color-emoji` (Debian, Ubuntu), `brew install --cask chromium` (macOS), or "
    "`.venv/bin/playwright install chromium`; or name one: NUANQUN_CHROMIUM=/path/to/chrome make test"
)


def find_chromium() -> str | None:
    """Return the path of a Chromium that is on this machine, or None."""
    named = os.environ.get("NUANQUN_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for folder in ("/Applications/Chromium.app/Contents/MacOS/Chromium",):
        if Path(folder).exists():
            return folder
    return _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_from_debian() -> None:
    """Install Debian's Chromium and fonts where this user may; say what is done."""
    if not shutil.which("apt-get"):
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and not shutil.which("sudo"):
        return
    sys.stderr.write(f"installing {' '.join(PACKAGES)} for the browser tests\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *PACKAGES]):
        subprocess.run([*sudo, *command], check=False, env=environment, stdout=subprocess.DEVNULL)


def main() -> int:
    """Find, else install and find again."""
    if not find_chromium() or not find_library("pangoft2-1.0"):
        install_from_debian()
    path = find_chromium()
    sys.stdout.write(f"{path}\n" if path else "")
    sys.stderr.write("" if path else ADVICE + "\n")
    return 0 if path else 1


if __name__ == "__main__":
    raise SystemExit(main())
