"""The browser that the tests drive: one that the machine has, since none is downloaded.

`python -m tests.browsers` prints its path, or fails; `make` calls it before it installs one.
"""

from __future__ import annotations

import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: As root, without a screen, and without network traffic except our pages.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class NoBrowser(Exception):
    """The tests need Chromium or Chrome, and there is none. On Debian: apt-get install chromium"""


def find() -> str:
    """Return the path of the installed Chromium or Chrome. Raises NoBrowser."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise NoBrowser(NoBrowser.__doc__)


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{find()}\n")
    except NoBrowser as none:
        sys.exit(str(none))
