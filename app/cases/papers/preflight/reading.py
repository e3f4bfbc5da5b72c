"""Uploaded papers are read by a helper process: signatures, codes and texts, as `Facts`.

The web process reads nothing of a foreign file. Reading comes before the transaction (`read`), and
`store` keeps what was found with the hash of the bytes, in the transaction that files them.
"""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from flask import current_app
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import FileUse, ReadFile
from app.base.urls import path_for
from app.cases.papers.helper_process import Busy, Ended, HelperProcess, Patience
from app.cases.papers.preflight.facts import Facts, TrustState

READER = Path(__file__).parent / "reader.py"
#: Limits of the helper: bytes of memory, and for one order seconds of the processor and in all.
BOUNDS = {"memory": 768 * 1024 * 1024, "cpu": 6, "seconds": 12}
#: Orders after which the helper is replaced, to free its memory.
RENEWED = 200
#: Seconds that a request waits for the orders of other requests.
PATIENCE = Patience(first=10, further=2)
#: What is known of a file that was not read.
NOT_READ: Facts = {
    "fault": "",
    "pages": 0,
    "looked": [],
    "signatures": [],
    "added": False,
    "producer": "",
    "cut_short": True,
}
#: Letters in the place of a code, to find the path before it.
ANY_CODE = "0" * 16


def new_helper(bounds: Mapping[str, float] = BOUNDS) -> HelperProcess:
    """Return a helper, not yet started.

    Isolated (-I): no path and no variable of the caller decides what it imports. It ends itself
    when an order exceeds its seconds; a little later it is killed.
    """
    command = [sys.executable, "-I", str(READER), json.dumps(bounds)]
    return HelperProcess(command, seconds=bounds["seconds"] + 3, renewed=RENEWED)


_helper = new_helper()
atexit.register(lambda: _helper.close())


def read(path: Path, issued: int = 0) -> Facts:
    """Return what is in a file. To be called outside of a transaction; it never raises.

    `issued`: bytes of the issued file that it begins with, 0 if none (`originals.read`).
    If its signatures take too much, it is read without them; if the helper is busy, or ends, the
    facts are `cut_short`.
    """
    order = {"path": str(path), "issued": issued}
    orders = [order | {"judges": judges} for judges in (True, False)]
    found: Facts | None = _answer(orders)
    return NOT_READ if found is None else found


def trust_state() -> TrustState | None:
    """Return what signatures are checked against; None if the helper is busy or ends."""
    found: TrustState | None = _answer([{"path": "", "judges": True}])
    return found


def _answer(orders: list[dict[str, Any]]) -> Any:
    """Return the answer to the first order that does not take too much, or None."""
    path = path_for("verification.show", code=ANY_CODE).removesuffix(ANY_CODE)
    sites = [current_app.config["PUBLIC_URL"], *current_app.config["FORMER_URLS"]]
    common = {
        "addresses": [site + path for site in sites],
        "roots": current_app.config["TRUST_ROOTS"],
        "trust_list": current_app.config["TRUST_LIST"],
        "revocation": current_app.config["REVOCATION"],
        "now": calendar.now().isoformat(),
    }
    try:
        with _helper.turn(PATIENCE):
            for order in orders:
                try:
                    _, content = _helper.ask(json.dumps(common | order).encode())
                    return json.loads(content)
                except Ended:
                    continue
    except Busy:
        return None
    return None


def store(session: Session, sha256: str, facts: Facts) -> None:
    """Store what was found in the bytes of a stored file. What the helper did not read is left."""
    if facts["cut_short"] and not facts["pages"]:
        return
    known = session.get(ReadFile, sha256)
    if known is None:
        session.add(ReadFile(sha256=sha256, facts=dict(facts), read_at=calendar.now()))
    else:
        known.facts, known.read_at = dict(facts), calendar.now()


def facts_of(session: Session, use: FileUse) -> Facts | None:
    """Return what was found in a stored file; None if it was not read."""
    known = session.get(ReadFile, use.sha256)
    return None if known is None else cast("Facts", known.facts)
