"""How the tests start a browser; run as a program it tells whether that works."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def launch(playwright: Playwright, path: Path) -> Browser:
    """A headless Chromium that asks nobody for anything."""
    return playwright.chromium.launch(executable_path=path, args=QUIET, timeout=30_000)


if __name__ == "__main__":
    with sync_playwright() as running:
        browser = launch(running, Path(sys.argv[1]))
        page = browser.new_page()
        page.set_content("<p>联办</p>")
        sys.stdout.write(f"{browser.version} {page.inner_text('p')}\n")
        browser.close()
