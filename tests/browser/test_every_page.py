"""Every page for every user who may open it: three checkers, no sideways scrolling, few bytes.

Pages are found by following links from each role's first page (`tests.browser.finder`). An address
that no link leads to is reported by `test_no_page_is_forgotten`. Pages are examined in parts, which
the processes of a run share.

A change brings one page of each kind before axe, at one width. At night, and after a change of
templates or styles, a page of every kind is examined in every way; where the tests run on both
databases, so is every other page, at one width.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template

from app.web.security_headers import CONTENT_SECURITY_POLICY as POLICY
from forms import Step, StepForm, steps
from forms.examples import Example
from tests import prepared
from tests.browser import finder, pictures, second_factors, stretched
from tests.browser.demo_site import DemoSite, opened
from tests.browser.examined import BETWEEN, NARROW, WIDE, Examiner, wider
from tests.browser.finder import NO_PAGES, Found, FoundPage
from tests.browser.validated import markup_faults, second_look
from tests.forms.drawn import draw, draw_review
from tests.forms.filled import fill, given_of, values_of

FIRST_PAGE, LATER_PAGE = 150_000, 25_000  # bytes
#: Number of parts in which pages are examined.
PARTS = 6
each_part = pytest.mark.parametrize("part", range(PARTS))
crawl = pytest.mark.nightly("crawl")
#: The widths at which axe examines a page, the further ones at which it may not scroll sideways,
#: and whether the second engine examines it.
Ways = Callable[[FoundPage], tuple[tuple[int, ...], tuple[int, ...], bool]]


@pytest.fixture(scope="module")
def folder(fast_process: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the demo and its found pages."""
    copy = tmp_path_factory.mktemp("site") / "demo"
    prepared.stored("demo", finder.fill, copy)
    return copy


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[DemoSite]:
    with opened(folder) as made:
        yield made


@pytest.fixture(scope="module")
def found(folder: Path) -> Found:
    """Return the pages of all users."""
    return finder.stored_in(folder)


class Rounds:
    """Opens pages as the users who found them, and notes faults."""

    def __init__(self, site: DemoSite, browser: Any, examiner: Examiner) -> None:
        self.site = site
        self.browser = browser
        self.examiner = examiner
        self.faults: list[str] = []

    def go(self, pages: list[FoundPage], ways: Ways) -> None:
        """Open the pages, which are grouped by the user who found them."""
        for user_id, found in groupby(pages, lambda page: page.user_id):
            context = self.browser.new_context(base_url=self.site.address, locale="es-PE")
            context.add_init_script(self.examiner.axe)
            if user_id is not None:
                context.add_cookies([self.site.cookie(user_id)])
            tab = context.new_page()
            weighed = Scales(context, tab)
            tab.goto("/")
            self._weigh("the first page", tab, weighed, FIRST_PAGE)
            for page in found:
                self._look(page, tab, weighed, ways)
            context.close()

    def _look(self, page: FoundPage, tab: Any, weighed: Scales, ways: Ways) -> None:
        tab.set_viewport_size({"width": WIDE, "height": 900})
        assert tab.goto(page.path) is not None
        self._weigh(page.where, tab, weighed, LATER_PAGE)
        widths, further, second = ways(page)
        faults = self.examiner.faults_here(tab, widths, further)
        faults += second_look(tab) if second else []
        self.faults += [f"{page.where}: {fault}" for fault in faults + weighed.said()]

    def _weigh(self, where: str, tab: Any, weighed: Scales, most: int) -> None:
        tab.evaluate("document.fonts.ready.then(() => 0)")
        if (weight := weighed.take()) > most:
            self.faults.append(f"{where}: {weight} bytes came over the wire, more than {most}")


def in_all_ways(page: FoundPage) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """Examine the first page of a kind in every way, others at one width."""
    return ((WIDE, NARROW), BETWEEN, True) if page.new else ((NARROW,), BETWEEN, False)


def by_axe_once(page: FoundPage) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """Examine a page at one width, which alternates with the page's address."""
    return ((WIDE, NARROW)[len(page.path) % 2],), (), False


class Scales:
    """The bytes transferred for a page, and its console messages.

    Pictures are not counted: those of the manual load late and have a limit elsewhere.
    """

    def __init__(self, context: Any, page: Any) -> None:
        self.bytes = 0
        self.pictures: set[str] = set()
        self.heard: list[str] = []
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._see)
        session.on("Network.loadingFinished", self._add)
        page.on("console", self._hear)
        page.on("pageerror", lambda fault: self.heard.append(str(fault)))

    def _see(self, event: dict[str, Any]) -> None:
        if event["response"]["mimeType"] in ("image/png", "image/jpeg"):
            self.pictures.add(event["requestId"])

    def _add(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self.pictures:
            self.bytes += int(event["encodedDataLength"])

    def _hear(self, said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.heard.append(said.text)

    def take(self) -> int:
        """Return the bytes since the last page."""
        weight, self.bytes = self.bytes, 0
        return weight

    def said(self) -> list[str]:
        """Return the console messages since the last page."""
        heard, self.heard = self.heard, []
        return [f"the console says: {one}" for one in heard]


@pytest.mark.guard("a browser lays out a page of each kind, and axe examines it")
@each_part
def test_a_page_of_each_kind_follows_the_rules(found, site, browser, examiner, part):
    assert len(found.new) > 160
    rounds = Rounds(site, browser, examiner)
    rounds.go(found.new[part::PARTS], by_axe_once)
    assert not rounds.faults, "\n\n".join(rounds.faults)


@crawl
@each_part
def test_every_page_follows_the_rules_of_all_pages(
    found, site, browser, examiner, part, pytestconfig
):
    rounds = Rounds(site, browser, examiner)
    is_whole = pytestconfig.getoption("databases") == "both"
    pages = found.pages if is_whole else found.new
    rounds.go(pages[part::PARTS], in_all_ways)
    assert not rounds.faults, "\n\n".join(rounds.faults)


@crawl
@pytest.mark.starts("java")
def test_every_page_is_valid_html(found, site, tmp_path):
    pages = {page.where: page.html for page in found.new} | dict(screenfuls(site.app))
    faults = markup_faults(pages, tmp_path)
    assert not faults, "\n\n".join(faults)


@crawl
@pytest.mark.starts("java")
def test_the_checker_of_html_sees_what_is_wrong(tmp_path):
    cell = '<!DOCTYPE html><html lang="es"><title>x</title><table><tr><td role="cell">x</table>'
    found = "\n".join(markup_faults({"a page": cell}, tmp_path))
    assert "a page: The “role” attribute must not be used on a “td” element" in found


@pytest.mark.nightly
def test_a_cell_on_another_is_detected(page):
    row = "<!DOCTYPE html><table><tr><td{}>uno</td><td>dos</td></tr></table>"
    page.set_content(row.format(""))
    assert wider(page, (NARROW,)) == []
    page.set_content(row.format(' style="position: absolute"'))
    (fault,) = wider(page, (NARROW,))
    assert fault == f"on another cell at {NARROW} px: <td>dos</td>"


@crawl
def test_no_page_is_forgotten(found, site):
    pages = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in rule.methods}
    forgotten = pages - NO_PAGES - found.endpoints
    assert not forgotten, f"nobody's links lead to {sorted(forgotten)}"


@crawl
@each_part
def test_every_page_follows_the_rules_with_long_names_at_200_percent_and_by_keyboard(
    found, site, browser, examiner, part
):
    reader, faults = stretched.Reader(site, browser), []
    with stretched.long_names(site):
        for page in found.new[part::PARTS]:
            tab = reader.open(page.user_id, page.path)
            faults += [f"{page.path}: {fault}" for fault in stretched.faults(tab)]
    reader.close()
    assert not faults, "\n\n".join(faults)


@crawl
def test_text_cut_off_and_unreachable_controls_are_detected(site, browser):
    reader = stretched.Reader(site, browser)
    page = reader.open(None, "/")
    page.evaluate(
        """() => {
          document.querySelector("main").innerHTML = `<p id="cut">Un nombre largo</p>
            <a href="/" tabindex="-1">fuera</a> <a href="/" id="plain">igual</a>`;
          Object.assign(document.querySelector("#cut").style,
            {width: "3rem", overflow: "hidden", whiteSpace: "nowrap"});
          document.querySelector("#plain").style.outline = "3px solid transparent";
        }"""
    )
    found = "\n".join(stretched.faults(page))
    reader.close()
    assert 'cut off: <p id="cut"' in found
    assert "Tab does not lead to <a" in found
    assert 'looks the same with the focus: <a href="/" id="plain"' in found


@crawl
def test_the_menu_is_one_line_and_its_places_stay_in_view(site, browser):
    reader = stretched.Reader(site, browser)
    page = reader.open(site.person_with("sip"), "/hoy")
    for width in (WIDE, 360):
        page.set_viewport_size({"width": width, "height": 900})
        tops = page.eval_on_selector_all(".menu__item", "all => all.map(one => one.offsetTop)")
        assert len(tops) == 6
        assert len(set(tops)) == 1
        for place in page.locator(".menu__link").all():
            place.focus()
            box = place.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    assert page.locator(".menu__item--more").bounding_box()["x"] < 360
    reader.close()


@crawl
def test_a_printed_page_has_the_same_text_and_no_header_without_rows(site, browser):
    reader = stretched.Reader(site, browser)
    coordinator = site.person_with("sip")
    regions = stretched.sheets(reader.open(coordinator, "/programa/regiones"))
    assert "Región Avance" in " ".join(regions)
    assert not any(sheet.endswith("Anuladas") for sheet in regions)
    page = reader.open(coordinator, "/entidades")
    assert len(stretched.sheets(page)) <= 5
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 900})  # between the margins of A4
    heads = page.locator(".dense--entities thead th:visible")
    widths = heads.evaluate_all("all => all.map(one => one.offsetWidth)")
    assert widths[0] == max(widths)
    assert not page.locator(".list-actions").is_visible()
    text = ""
    for part in ("", "/tareas", "/personas"):
        page = reader.open(coordinator, f"{site.half_way()}{part}")
        text += " ".join(stretched.sheets(page))
    for path in ("/entidades", "/programa/regiones", "/programa/grupos", "/visitas", "/cobertura"):
        assert not stretched.beyond_the_sheet(reader.open(coordinator, path)), path
    reader.close()
    assert "Coordinador de la SIP a cargo" in text
    for way in ("Suspender", "Devolver", "Anular", "Ausencias", "Ver todo", "Mesa de ayuda"):
        assert way not in text


@crawl
def test_every_screenful_of_every_step_follows_the_rules(site, examiner):
    faults = [
        f"{name}: {fault}"
        for name, html in screenfuls(site.app)
        for fault in examiner.faults(f"{site.address}/tareas/1/x", html, POLICY, (NARROW,))
    ]
    assert not faults, "\n\n".join(faults)


def screenfuls(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield the pages of each step with answers of its folder, and with a refused one.

    Of the answers, the first one is drawn, and the first one with each other set of fields.
    """
    for step in steps().values():
        for example, form in with_each_set_of_fields(step):
            name = f"{step.id} {example.name}".strip()
            given = given_of(step, example.given)
            for page in form.screens():
                yield f"{name} {page.key}", draw(app, step, form, page, given)
            if len(form.screens()) > 1:
                yield f"{name} review", draw_review(app, step, form, given)
        refusal = step.refuses[0]
        form = fill(step, refusal.data, refusal.given)
        form.validate()
        page = next(one for one in form.screens() if form.faults_on(one))
        yield (
            f"{step.id} refused",
            draw(app, step, form, page, given_of(step, refusal.given)),
        )


def with_each_set_of_fields(step: Step) -> Iterator[tuple[Example, StepForm]]:
    """Yield the first answer of a step's folder with each set of fields, with its form."""
    seen = set()
    for example in step.accepts:
        form = fill(step, values_of(step, example), example.given)
        fields = frozenset(field.name for field in form)
        if fields not in seen:
            seen.add(fields)
            yield example, form


@crawl
def test_every_picture_of_the_manual_and_the_readme_shows_the_pages_as_they_are(site, browser):
    taken = list(pictures.all_of(site, browser))
    there = {*pictures.MANUAL.iterdir(), *pictures.README.glob("*.png")}
    assert {scene.file for scene, _ in taken} == there, "run `make pictures`"
    assert max(len(picture) for _, picture in taken) < 150_000
    stale = {
        scene.file.name: found
        for scene, picture in taken
        if (found := pictures.differences(scene.file.read_bytes(), picture, scene.height))
    }
    assert not stale, "run `make pictures`: these pages say something else now"


@crawl
@pytest.mark.parametrize("page", ["400", "403", "405", "413", "429", "500", "503", "csrf"])
def test_error_pages_follow_the_rules(site, examiner, page):
    with site.app.test_request_context():
        html = render_template(f"errors/{page}.html", retry_after=90, incident="a1b2c3d4")
    assert not examiner.faults(f"{site.address}/x", html, POLICY, (WIDE, NARROW))


@crawl
def test_the_page_of_a_code_after_the_password_follows_the_rules(site, examiner):
    html = second_factors.page_of_code(site.app, site.person_with("superuser"))
    assert "Escribe tu código" in html
    assert not examiner.faults(f"{site.address}/x", html, POLICY, (WIDE, NARROW))


@crawl
def test_the_examiner_sees_what_is_wrong(site, examiner):
    html = (
        '<!DOCTYPE html><html lang="es"><title>x</title><main><h1>x</h1><img src="/mark.svg">'
        '<p style="color:#bbb">gris</p><div class="w">x</div><input></main></html>'
    )
    html = re.sub('class="w"', 'width="900"><table width="900"><td>x</table', html)
    found = "\n".join(examiner.faults(f"{site.address}/x", html, POLICY, (NARROW,)))
    for expected in ("image-alt", "label", "wider than 320", "Content Security Policy"):
        assert expected in found
