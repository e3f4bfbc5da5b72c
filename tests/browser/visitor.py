"""A visitor at a browser without scripts, who reads labels and presses buttons or keys."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.browser.examined import WIDE, Examiner
from tests.pages import CheckingClient

#: The name that a screen reader gives to the focused element.
FOCUSED = """
() => {
  const one = document.activeElement;
  const label = one.labels && one.labels.length ? one.labels[0].textContent : "";
  const named = one.getAttribute("aria-label") || label || one.value || one.textContent;
  const text = one.matches("button, a") ? one.textContent : named;
  return text.trim().replace(/\\s+/g, " ");
}
"""
#: What decides on the looks of the focused element.
KIND = """
() => {
  const one = document.activeElement;
  return [one.tagName, one.className, one.parentElement?.className].join();
}
"""
PATIENCE = 10_000  # milliseconds; a document takes a second to create


def sign_in(context: Any, client: CheckingClient, address: str) -> None:
    """Give a browser's context the sign-in of a test client."""
    cookie = client.get_cookie("zaguan")
    assert cookie is not None
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


class Visitor:
    """A person with a separate browser; every page that opens is examined."""

    def __init__(self, browser: Any, address: str, examiner: Examiner) -> None:
        self.address = address
        self.examiner = examiner
        self.context = browser.new_context(
            base_url=address,
            java_script_enabled=False,
            locale="es-PE",
            timezone_id="America/Lima",
            viewport={"width": WIDE, "height": 900},
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        #: The kinds of elements whose focus was visible.
        self.seen_with_focus: set[str] = set()
        self.policy = ""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("response", self._answered)
        self.context.on("request", self._check_request)

    def _heard(self, said: Any) -> None:
        answer_itself = "Failed to load resource" in said.text and "static" not in said.text
        if said.type == "error" and not answer_itself:
            self.complaints.append(said.text)

    def _answered(self, answer: Any) -> None:
        if answer.request.is_navigation_request():
            self.policy = answer.headers.get("content-security-policy", "")
        elif answer.status >= 400:
            self.complaints.append(f"{answer.url} was answered {answer.status}")

    def _check_request(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(f"request to another machine: {request.url}")

    # Going and looking

    def goes(self, path: str) -> None:
        """Open an address."""
        self.page.goto(path)
        self.looks()

    def looks(self) -> None:
        """Check that the page follows all rules."""
        assert not self.complaints
        assert self.page.locator("h1").count() == 1
        assert "default-src 'self'" in self.policy
        html = self.page.content()
        self.examiner.examine(self.page.url, html, self.policy)

    def follows(self, name: str) -> None:
        """Follow a link by its text."""
        self.clicks(self.page.get_by_role("link", name=name).first)

    def presses(self, name: str) -> None:
        """Press a button of the page by its text; the head has a search on every page."""
        self.clicks(self.page.locator("main").get_by_role("button", name=name).first)

    def clicks(self, there: Any) -> None:
        """Click an element that leads to a page, and check the page."""
        with self.page.expect_navigation():
            there.click()
        self.looks()

    def reads(self, words: str) -> None:
        """Check that words are visible on the page."""
        text = re.sub(r"\s+", " ", self.page.locator("body").inner_text())
        assert words in text, f"«{words}» is not on {self.page.url}:\n{text}"

    @property
    def heading(self) -> str:
        """Return the page's first heading."""
        return str(self.page.locator("h1").inner_text())

    # Writing

    def writes(self, label: str, text: str) -> None:
        """Fill a box by its label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def fills(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Fill the inputs of a draft: names of inputs and their values."""
        for name, value in pairs:
            box = self.page.locator(f'[name="{name}"]:not([type="hidden"]):enabled')
            if not box.count():
                continue
            kind = box.first.get_attribute("type")
            if kind in ("radio", "checkbox"):
                self.page.locator(f'[name="{name}"][value="{value}"]').check()
            elif box.first.evaluate("one => one.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)

    def sees_what_is_wrong(self, message: str, label: str) -> None:
        """Check that the summary of errors has the focus, and that its link leads to the box."""
        summary = self.page.locator(".govuk-error-summary")
        assert summary.evaluate("one => one === document.activeElement")
        assert self.page.title().startswith("Error: ")
        self.page.keyboard.press("Tab")
        assert message in self.page.evaluate(FOCUSED)
        self.page.keyboard.press("Enter")
        assert label in self.page.evaluate(FOCUSED)

    # By keyboard alone

    def tabs_to(self, name: str, most: int = 60) -> None:
        """Press Tab until the element of this name has the focus.

        Check that the focus is visible: once for each kind of element.
        """
        for _ in range(most):
            self.page.keyboard.press("Tab")
            self._sees_the_focus()
            if self.page.evaluate(FOCUSED).startswith(name):
                return
        raise AssertionError(f"Tab does not lead to «{name}» on {self.page.url}")

    def _sees_the_focus(self) -> None:
        kind = self.page.evaluate(KIND)
        if kind in self.seen_with_focus:
            return
        self.seen_with_focus.add(kind)
        with_focus = self.page.screenshot()
        there = self.page.evaluate_handle("document.activeElement")
        there.evaluate("one => one.blur()")
        without = self.page.screenshot()
        there.evaluate("one => one.focus({focusVisible: true})")
        assert with_focus != without, f"no focus is seen on «{self.page.evaluate(FOCUSED)}»"

    def types(self, *keys: str) -> None:
        """Type into the focused element."""
        for text in keys:
            self.page.keyboard.insert_text(text)

    def types_choice(self, words: str) -> None:
        """Choose in the focused list, by the first letters of an option."""
        self.page.keyboard.type(words)

    def hits(self, key: str) -> None:
        """Press a key. If that leads to another page, check it."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.looks()

    def signs_in(self, number: str, password: str) -> None:
        """Sign in by document and password, by keyboard."""
        self.goes("/ingresar")
        self.tabs_to("Número de documento")
        self.types(number)
        self.tabs_to("Contraseña", 1)
        self.types(password)
        self.hits("Enter")
