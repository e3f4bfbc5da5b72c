"""The arguments of the browser that the tests drive; `tests.programs` finds it on the machine."""

from __future__ import annotations

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
