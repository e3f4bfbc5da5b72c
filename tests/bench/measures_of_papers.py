"""Measures of papers: made, shown as pictures, and read; and of a diagram."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageChops
from sqlalchemy import select

from app.base import calendar, files
from app.base.definitions import definition_of
from app.base.models import Entity, ProcessInstance
from app.cases import papers
from app.cases.papers import issued
from app.cases.papers.preflight import reading
from app.cases.papers.preflight.facts import Facts
from app.onboarding.diagrams import nodes, view
from tests.app.cases.papers import altered
from tests.app.cases.papers.signed import authority
from tests.app.cases.papers.test_papers import MADE_ON, roster, values
from tests.bench.bench import Bench
from tests.bench.browser import Browser
from tests.bench.figures import Figure, timed
from tests.bench.invented import COMMON_SURNAMES, GIVEN_NAMES
from workflows.diagram import svg

PAPERS = 60
ROWS = 60
#: Papers that are made for a measure.
MADE = 20


def make_personnel_1000(bench: Bench) -> Figure:
    """Measure making a SIP-RVL-002 of 1,000 people, with its code and the QR of its pages."""
    with bench.app.app_context():
        samples = [timed(partial(_make, personnel(1000, n))) for n in range(MADE + 1)]
    # The first starts the typesetter, which stays.
    return Figure.of("make_personnel_1000", bench.database, samples[1:], "ms")


def _make(said: Mapping[str, Any]) -> None:
    papers.render("sip_rvl_002", said, MADE_ON, issued.new_code())


def personnel(people: int, seed: int) -> dict[str, Any]:
    """Return the records of a SIP-RVL-002: names, numbers and addresses are those of its seed."""
    invented = Random(seed)
    return values(
        roster=[
            row
            | {
                "document_number": str(invented.randrange(10**7, 10**8)),
                "given_names": invented.choice(GIVEN_NAMES),
                "surnames": " ".join(invented.choices(COMMON_SURNAMES, k=2)),
                "email": f"persona.{invented.randrange(10**6)}@example.pe",
            }
            for row in roster(people)
        ]
    )


def paper_page(bench: Bench) -> Figure:
    """Measure the picture of a page of a SIP-RVL-002 that nobody has looked at, over HTTP."""
    return _pictures("paper_page", bench, again=False)


def paper_page_again(bench: Bench) -> Figure:
    """Measure the same when the picture was made before."""
    return _pictures("paper_page_again", bench, again=True)


def _pictures(name: str, bench: Bench, *, again: bool) -> Figure:
    paths = [f"/archivos/{file_id}/paginas/1/imagen" for file_id in stored(bench, name)]
    with bench.served() as (address, _):
        browser = Browser(address, "sip")
        samples = [timed(partial(browser.get, path)) for path in paths]
        if again:
            samples = [timed(partial(browser.get, path)) for path in paths]
    # The first starts the helper, which stays.
    return Figure.of(name, bench.database, samples[1:], "ms")


def stored(bench: Bench, name: str) -> list[str]:
    """Store papers of the same rows, each with other bytes at its end. Return their ids."""
    content = papers.render("sip_rvl_002", values(roster=roster(ROWS)), MADE_ON)
    with bench.session(writes=True) as session:
        entity_id = session.scalars(select(Entity.id).limit(1)).one()
        found = []
        for number in range(PAPERS):
            end = f"\n% {name} {bench.url} {number}".encode()
            use = files.keep(
                session,
                io.BytesIO(content + end),
                media_type="application/pdf",
                owner=files.Owner(entity_id),
                paper="sip_rvl_002",
            )
            found.append(use.id)
        session.commit()
    return found


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


CASES = 30
TURNS = 10


def diagram_svg(bench: Bench) -> Figure:
    """Measure the SVG of a stage with marks, its data already loaded: the benchmark's cases in
    turn.
    """
    with bench.app.test_request_context(), bench.session() as session:
        rows = session.scalars(
            select(ProcessInstance).where(ProcessInstance.stage != "").limit(CASES)
        ).all()
        drawn = []
        for row in rows:
            found = view.read(session, row, row.stage)
            found_nodes = nodes.nodes(found, None)
            marks = {one.text.id: mark for one in found_nodes if (mark := one.mark)}
            drawn.append(partial(svg, definition_of(row.deployment), row.stage, marks, key="a"))
        samples = [timed(draw) for _ in range(TURNS) for draw in drawn]
    return Figure.of("diagram_svg", bench.database, samples[len(drawn) :], "ms")
