"""How the tests start a browser; run as a program it tells whether that works."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

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


TELL = """addEventListener("securitypolicyviolation", (found) => console.error(
  `policy: ${found.violatedDirective} ${found.blockedURI} ${found.sourceFile}`))"""
REFUSALS = "Failed to load resource: the server responded with a status of 4"


def watched(context: BrowserContext) -> list[str]:
    """What the pages of a window will complain of: errors of scripts, breaches of the policy.

    A refused request is no error here: whoever sends it sees the answer.
    """
    found: list[str] = []
    context.add_init_script(TELL)
    context.on("weberror", lambda error: found.append(str(error.error)))
    context.on(
        "console",
        lambda line: (
            found.append(f"{line.page.url if line.page else ''}: {line.text}")
            if line.type == "error" and not line.text.startswith(REFUSALS)
            else None
        ),
    )
    return found


if __name__ == "__main__":
    with sync_playwright() as running:
        browser = launch(running, Path(sys.argv[1]))
        page = browser.new_page()
        page.set_content("<p>联办</p>")
        sys.stdout.write(f"{browser.version} {page.inner_text('p')}\n")
        browser.close()
