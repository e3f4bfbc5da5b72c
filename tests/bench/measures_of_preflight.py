"""The measures of reading an uploaded paper: a signed one, and a scan of ten pages."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from app.base import calendar
from app.cases.papers.preflight import reading
from app.cases.papers.preflight.facts import Facts
from tests.app.cases.papers import altered
from tests.app.cases.papers.signed import authority
from tests.bench.figures import Figure, timed

if TYPE_CHECKING:
    from tests.bench.bench import Bench

READINGS = 60
#: Grain of the paper in a scan, so that ten of its pages have ten megabytes.
GRAIN, QUALITY, SCANNED_PAGES = 20, 33, 10


def preflight_signed(bench: Bench) -> Figure:
    """Measure reading a constancia with a valid signature and time stamp, and comparing it."""
    with bench.app.app_context():
        now = calendar.now()
        issued = altered.issued()
        content = altered.signed(issued, at=now, stamper="tsa")
        with tempfile.TemporaryDirectory() as folder:
            trust = authority.write_trust(Path(folder) / "trust", at=now)
            bench.app.config |= {"TRUST_ROOTS": trust["roots"], "REVOCATION": trust["revocation"]}
            facts, figure = _read(
                "preflight_signed", bench, content, Path(folder), issued=len(issued)
            )
    if [one["word"] for one in facts["signatures"]] != ["valid"]:
        raise AssertionError("the signature is not valid")
    return figure


def preflight_scan(bench: Bench) -> Figure:
    """Measure reading ten pages of 300 dots per inch, 10 MB, each with its QR."""
    with bench.app.app_context(), tempfile.TemporaryDirectory() as folder:
        paper = altered.issued("sip_rvl_002", altered.CODE, 340)
        pages = altered.pictures(paper)[:SCANNED_PAGES]
        grain = Image.effect_noise(pages[0].size, GRAIN).point(lambda value: max(0, value - 128))
        pages = [ImageChops.subtract(page, grain) for page in pages]
        content = altered.bound(pages, quality=QUALITY)
        facts, figure = _read("preflight_scan", bench, content, Path(folder))
    found = [len(page["codes"]) for page in facts["looked"]]
    if found != [1] * SCANNED_PAGES or not 9.5e6 < len(content) < 10.5e6:
        raise AssertionError(f"{len(content)} bytes, codes: {found}")
    return figure


def _read(
    name: str, bench: Bench, content: bytes, folder: Path, issued: int = 0
) -> tuple[Facts, Figure]:
    """Read a file again and again. The first time starts the helper, which stays."""
    file = folder / "paper"
    file.write_bytes(content)
    facts = reading.read(file, issued)
    samples = [timed(partial(reading.read, file, issued)) for _ in range(READINGS)]
    return facts, Figure.of(name, bench.database, samples, "ms")
