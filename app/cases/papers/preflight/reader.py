"""The process that reads uploaded papers: a path comes in, `Facts` go out.

`app.cases.papers.preflight.reading` starts it by its file name. It limits itself before it reads a
byte, and the kernel ends it if an order exceeds its limits, which are JSON in its argument. It
answers one order after the other (see `helper_process`) until its input ends, or until no order has
come for `IDLE` seconds. It has no use for a network, and fetches nothing.
"""

from __future__ import annotations

import json
import resource
import select
import signal
import sys
import types
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

ROOT = Path(__file__).resolve().parents[4]
for name in (
    *("forms", "forms.fields", "forms.fields.foreign"),
    *("app", "app.cases", "app.cases.papers", "app.cases.papers.preflight"),
    "app.cases.papers.viewing",
):  # skip the packages' imports, which load the whole application
    if name not in sys.modules:
        package = types.ModuleType(name)
        package.__path__ = [str(ROOT.joinpath(*name.split(".")))]
        sys.modules[name] = package

from app.cases.papers.preflight.foreign import pages, structure  # noqa: E402
from app.cases.papers.preflight.foreign.codes import Addresses  # noqa: E402
from app.cases.papers.viewing import page_renderer  # noqa: E402
from forms.fields.foreign import pdf  # noqa: E402

if TYPE_CHECKING:
    from app.cases.papers.preflight.facts import Facts, TrustState
    from app.cases.papers.preflight.foreign.trust import Loader, Trust

#: Seconds without an order after which the process ends.
IDLE = 300
#: Bytes of a file that are read; uploads have fewer.
LARGEST = 32 * 1024 * 1024
#: Reads the files of trust; made with the first signature.
_loader: Loader | None = None


class Order(TypedDict):
    """An order; without a `path` the answer is the state of trust."""

    path: str
    #: Bytes of the issued file that the file begins with, 0 if it begins with none.
    issued: int
    #: Public addresses of verification, each ending in `/verificar/`.
    addresses: list[str]
    #: Folder of roots, file of the list of trust, folder of revocation lists; "" if none.
    roots: str
    trust_list: str
    revocation: str
    #: The present moment (ISO, with its offset).
    now: str
    #: Whether signatures are judged; without it, a signed file has one that is unread.
    judges: bool


def main() -> None:
    """Answer orders. The first limits of the kernel hold for the whole life of the process."""
    bounds: dict[str, float] = json.loads(sys.argv[1])
    for kind, most in (
        (resource.RLIMIT_AS, int(bounds["memory"])),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while select.select([source], [], [], IDLE)[0] and (line := source.readline()):
        order = json.loads(source.read(int(line)))
        signal.setitimer(signal.ITIMER_PROF, bounds["cpu"])
        signal.setitimer(signal.ITIMER_REAL, bounds["seconds"])
        content = json.dumps(answer(order)).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        target.write(f"facts {len(content)}\n".encode() + content)
        target.flush()


def answer(order: Order) -> Facts | TrustState:
    """Return what an order asks for."""
    if not order["path"]:
        return trust_state(order)
    try:
        return facts(order)
    except (MemoryError, RecursionError):
        return empty("too_large")
    except page_renderer.Fault as fault:
        return empty("encrypted" if str(fault) == "encrypted" else "damaged")
    except OSError:
        return empty("damaged")


def facts(order: Order) -> Facts:
    """Return what is in a file. A file that must be refused is read no further."""
    file = Path(order["path"])
    if file.stat().st_size > LARGEST:
        return empty("too_large")
    content = file.read_bytes()
    examined = pdf.examine(content)
    if examined["fault"]:
        return empty(examined["fault"])
    found = empty("")
    found["pages"] = examined["pages"]
    if b"/ByteRange" in content:  # of a signature, it is never in a compressed object
        from app.cases.papers.preflight.foreign import signatures  # takes a third of a second

        found["signatures"] = (
            signatures.read(
                content,
                trust_of(order),
                datetime.fromisoformat(order["now"]),
                is_issued=order["issued"] > 0,
            )
            if order["judges"]
            else [signatures.unread()]
        )
    looked = pages.look(order["path"], Addresses.of(order["addresses"]))
    found["looked"], found["producer"] = looked.pages, looked.producer
    found["cut_short"] = looked.cut_short
    if order["issued"]:
        compare(content, order["issued"], found)
    found["cut_short"] = found["cut_short"] or not order["judges"]
    return found


def compare(content: bytes, issued: int, found: Facts) -> None:
    """Note what was added to the issued file that a file begins with."""
    try:
        compared = structure.compare(content, issued)
    except structure.TooMuch:
        found["cut_short"] = True
        return
    found["added"] = not compared.is_unchanged
    if compared == (True, 0):
        found["cut_short"] = False


def trust_of(order: Order) -> Trust:
    """Return what signatures are checked against."""
    global _loader
    from app.cases.papers.preflight.foreign.trust import Loader

    _loader = _loader or Loader()
    moment = datetime.fromisoformat(order["now"])
    return _loader.load(order["roots"], order["trust_list"], order["revocation"], moment)


def trust_state(order: Order) -> TrustState:
    """Return how much there is to check signatures against."""
    trust = trust_of(order)
    return {
        "roots": len(trust.roots),
        "listed": len(trust.listed.authorities) + len(trust.listed.stampers),
        "list_state": trust.listed.state,
        "list_until": trust.listed.until,
        "revocation_lists": len(trust.crls),
    }


def empty(fault: str) -> Facts:
    """Return facts of a file of which nothing is known but a fault."""
    return {
        "fault": fault,
        "pages": 0,
        "looked": [],
        "signatures": [],
        "added": False,
        "producer": "",
        "cut_short": False,
    }


if __name__ == "__main__":
    main()
