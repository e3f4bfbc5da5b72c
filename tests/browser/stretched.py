"""Rules for pages with long names, magnified, by keyboard and on paper, checked by script.

Cheaper than axe, for faults that axe does not see: text that is cut off, controls without a focus
mark, table heads alone at the foot of a sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2
from sqlalchemy import select

from app.base import db
from app.base.models import Entity, User
from tests.browser.demo_site import DemoSite
from tests.browser.examined import BETWEEN, WIDER, wider

#: A screen of 1280 × 900 at 200 %.
HALF = {"width": 640, "height": 450}
NAME = (
    "Municipalidad Distrital de Nuestra Señora de los Desamparados y San Juan Bautista "
    "del Alto Vilcabamba de Ejemplo {:06d}"
)
SURNAMES = "Fernández de Córdova Santisteban y Villavicencio de la Rivagüero {:06d}"
GIVEN_NAMES = "María del Perpetuo Socorro Guadalupe Esperanza Milagros"

#: Elements that hide a part of their text. Text only for screen readers is one pixel large.
CLIPPED = """
() => [...document.querySelectorAll("body *")].filter(one => {
  if (one.clientWidth <= 1 || one.matches("select, textarea, input, svg, svg *")) return false;
  const style = getComputedStyle(one);
  const cut = axis => ["hidden", "clip"].includes(axis);
  const off = (cut(style.overflowX) && one.scrollWidth > one.clientWidth + 1)
    || (cut(style.overflowY) && one.scrollHeight > one.clientHeight + 1);
  return off && one.innerText?.trim() && !one.closest(".govuk-visually-hidden");
}).slice(0, 5).map(one => one.outerHTML.slice(0, 200))
"""
#: Controls that Tab does not reach; and of each kind of control the first, if it looks the same
#: with and without focus.
UNREACHED = """
() => {
  const controls = [...document.querySelectorAll(
    "a[href], button, summary, select, textarea, input:not([type=hidden]), [tabindex='0']"
  )].filter(one => one.checkVisibility({visibilityProperty: true})
    && !one.disabled && !one.closest("[aria-hidden=true], [inert]"));
  const parts = one => [one, ...[...one.querySelectorAll("*")].slice(0, 12),
    ...(one.nextElementSibling ? [one.nextElementSibling] : [])];
  const seen = style => style.outlineColor.match(/, 0\\)$/) ? "" :
    [style.outlineStyle, style.outlineWidth, style.outlineColor].join();
  const looks = one => parts(one).flatMap(part => [null, "::before", "::after"].map(pseudo => {
    const style = getComputedStyle(part, pseudo);
    return [seen(style), style.boxShadow, style.backgroundColor, style.borderColor,
      style.fill, style.stroke, style.clipPath, style.visibility].join();
  })).join("|");
  const faults = controls.filter(one => one.tabIndex < 0 && !one.matches("[type=radio]"))
    .map(one => `Tab does not lead to ${one.outerHTML.slice(0, 200)}`);
  const kinds = new Set();
  for (const one of controls) {
    const kind = [one.tagName, one.type, one.getAttribute("class")].join();
    if (kinds.has(kind) || one.tabIndex < 0) continue;
    kinds.add(kind);
    document.activeElement.blur();
    const before = looks(one);
    one.focus();
    if (document.activeElement !== one)
      faults.push(`takes no focus: ${one.outerHTML.slice(0, 200)}`);
    else if (looks(one) === before)
      faults.push(`looks the same with the focus: ${one.outerHTML.slice(0, 200)}`);
  }
  return faults;
}
"""


#: A sheet of A4 in pixels: the size that the style sheets request, and the width between its
#: margins.
SHEET, BETWEEN_MARGINS = 794, 673
#: The elements that extend beyond the margins of a sheet.
OFF_THE_SHEET = """
width => {
  document.documentElement.style.width = `${width}px`;
  return [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > width + 0.5)
    .filter(one => !one.closest("svg, .govuk-visually-hidden"))
    .slice(-5).map(one => one.outerHTML.slice(0, 200));
}
"""


@contextmanager
def long_names(site: DemoSite) -> Iterator[None]:
    """Give all entities and users names of 120 characters, and no acronym, within the block."""
    former = _names(site)
    _name(
        site,
        {key: (NAME.format(key), "") for key in former[Entity]},
        {key: (SURNAMES.format(key), GIVEN_NAMES) for key in former[User]},
    )
    yield
    _name(site, former[Entity], former[User])


def _names(site: DemoSite) -> dict[Any, dict[int, tuple[str, str]]]:
    with site.app.app_context():
        session = db.session()
        entities, users = session.scalars(select(Entity)), session.scalars(select(User))
        return {
            Entity: {one.id: (one.name, one.acronym) for one in entities},
            User: {one.id: (one.surnames, one.given_names) for one in users},
        }


def _name(
    site: DemoSite, entities: dict[int, tuple[str, str]], users: dict[int, tuple[str, str]]
) -> None:
    with site.app.app_context():
        session = db.session()
        for entity in session.scalars(select(Entity)):
            entity.name, entity.acronym = entities[entity.id]
        for user in session.scalars(select(User)):
            user.surnames, user.given_names = users[user.id]
        session.commit()


class Reader:
    """Opens pages as the users who may, at 200 %."""

    def __init__(self, site: DemoSite, browser: Any) -> None:
        self.site = site
        self.browser = browser
        self.pages: dict[int | None, Any] = {}

    def open(self, user_id: int | None, path: str) -> Any:
        """Return the page as a user or the public reads it. The last key pressed is Tab."""
        if user_id not in self.pages:
            context = self.browser.new_context(
                base_url=self.site.address, locale="es-PE", viewport=HALF, device_scale_factor=2
            )
            if user_id is not None:
                context.add_cookies([self.site.cookie(user_id)])
            self.pages[user_id] = context.new_page()
        page = self.pages[user_id]
        page.goto(path, wait_until="load")
        page.keyboard.press("Tab")
        return page

    def close(self) -> None:
        """Close the pages."""
        for page in self.pages.values():
            page.context.close()


def faults(page: Any) -> list[str]:
    """Return the faults of a page as it is laid out, on screens of other widths and on paper."""
    found = [
        *(f"wider than the screen: {one}" for one in page.evaluate(WIDER)),
        *(f"cut off: {one}" for one in page.evaluate(CLIPPED)),
        *page.evaluate(UNREACHED),
        *wider(page, BETWEEN),
        *(f"off the sheet: {one}" for one in beyond_the_sheet(page)),
    ]
    page.emulate_media(media="screen")
    page.set_viewport_size(HALF)
    return found


def sheets(page: Any) -> list[str]:
    """Return the text on each sheet of paper (A4)."""
    with pypdfium2.PdfDocument(page.pdf(format="A4")) as printed:
        return [" ".join(sheet.get_textpage().get_text_range().split()) for sheet in printed]


def beyond_the_sheet(page: Any) -> list[str]:
    """Return what extends beyond the margins of a sheet of paper (A4). The page stays laid out for
    it.
    """
    page.emulate_media(media="print")
    page.set_viewport_size({"width": SHEET, "height": 990})
    found: list[str] = page.evaluate(OFF_THE_SHEET, BETWEEN_MARGINS)
    return found
