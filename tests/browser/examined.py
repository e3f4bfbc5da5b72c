"""Rules for every page and every reader: axe finds nothing, and nothing scrolls sideways.

Pages are examined in a browser with scripts, since axe is one. The browser receives the bytes that
a visitor without scripts was served, so that answers to a post are examined too. The test itself
evaluates axe: the page's content policy stays as it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.pages import WORDS

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

#: WCAG 2.2 AA and below, and the further rules that axe's authors recommend.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
WIDE, NARROW, NARROWEST = 1280, 360, 320
#: Widths where tables are no longer cards, but narrower than on a full screen.
BETWEEN = (800, 1024)
HEIGHT = 900

#: What differs in each run: the tokens of forms and invitations, and the ids of files.
RANDOM = re.compile(
    r'(?<=name="csrf_token" value=")[^"]*'
    r"|(?<=/invitacion/)[\w-]+"
    r"|(?<![\da-f])[\da-f]{32}(?![\da-f])"
)
RUN = """
tags => axe.run(document, {runOnly: tags, resultTypes: ["violations"]}).then(found =>
  found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} at ${node.target.join(" ")}: ${node.failureSummary}\\n${node.html}`)))
"""
#: The elements that extend beyond the screen, innermost last.
WIDER = """
() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .slice(-5).map(one => one.outerHTML.slice(0, 200))
"""
#: The cells of a row that lie on the one before.
OVERLAPPING = """
() => [...document.querySelectorAll("tr")]
  .flatMap(row => [...row.cells].map(one => [one, one.getBoundingClientRect()]))
  .filter(([one, a], i, all) => i && one.parentElement === all[i - 1][0].parentElement &&
    ((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)(all[i - 1][1]))
  .slice(0, 5).map(([one]) => one.outerHTML.slice(0, 200))
"""


class Examiner:
    """A page of the browser in which other visitors' pages are laid out and examined."""

    def __init__(self, browser: Any) -> None:
        #: The pages that `examine` has seen, without words and numbers.
        self.seen: set[str] = set()
        self.context = browser.new_context(locale="es-PE", timezone_id="America/Lima")
        self.page = self.context.new_page()
        self.page.on("console", lambda said: said.type == "error" and self.said.append(said.text))
        self.page.on("pageerror", lambda fault: self.said.append(str(fault)))
        self.axe = AXE.read_text(encoding="utf-8")
        self.said: list[str] = []

    def examine(self, url: str, html: str, policy: str) -> None:
        """Fail the test if the page breaks a rule; `policy`: its content policy.

        A page whose markup was examined before is not examined again.
        """
        shape = shape_of(html)
        if shape in self.seen:
            return
        self.seen.add(shape)
        if faults := self.faults(url, html, policy, (NARROW,)):
            pytest.fail(f"{url}\n" + "\n".join(faults), pytrace=False)

    def faults(self, url: str, html: str, policy: str, widths: tuple[int, ...]) -> list[str]:
        """Return the faults of a page that was served as these bytes for this address."""
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
        self.page.route(url, lambda route: route.fulfill(body=html, headers=headers))
        self.page.set_viewport_size({"width": widths[0], "height": HEIGHT})
        self.said.clear()
        self.page.goto(url)
        self.page.unroute(url)
        return self.faults_here(self.page, widths) + [
            f"the console says: {one}" for one in self.said
        ]

    def faults_here(
        self, page: Any, widths: tuple[int, ...], further: tuple[int, ...] = BETWEEN
    ) -> list[str]:
        """Return what axe finds on a page with scripts at the widths (pixels).

        And what scrolls sideways at further widths, and at the narrowest.
        """
        faults = []
        if widths and not page.evaluate("() => 'axe' in window"):
            page.evaluate(f"{self.axe}; 0")
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            faults += [f"at {width} px: {found}" for found in page.evaluate(RUN, TAGS)]
        return faults + wider(page, (*further, NARROWEST))

    def close(self) -> None:
        """Close the browser's page."""
        self.context.close()


def shape_of(html: str) -> str:
    """Return the markup of a page without words, numbers and what is random."""
    return WORDS.sub("", RANDOM.sub("", html))


def wider(page: Any, widths: tuple[int, ...]) -> list[str]:
    """Return what extends beyond a screen of these widths (pixels), and cells on other cells.

    The page stays at the last one.
    """
    faults = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        faults += [f"wider than {width} px: {one}" for one in page.evaluate(WIDER)]
        faults += [f"on another cell at {width} px: {one}" for one in page.evaluate(OVERLAPPING)]
    return faults
