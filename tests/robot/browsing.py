"""A visitor who reads pages, fills their inputs, and presses their buttons."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

import forms
from forms.drafts import walk
from forms.fields.personnel import PROFILES
from tests.app.walk import sample_pdf
from tests.pages import CheckingClient

PASSWORD = "una frase que recuerdo bien"
#: Prefix of the names of uploaded files, which no page may ever show.
UPLOADED = "archivo de mi computadora"
#: Pattern of codes in the data (`municipalidad_distrital`), outside addresses.
CODE = re.compile(r"(?<![\w@./=?&-])[a-z]+(?:_[a-z]+)+(?![\w@./=-])")


@cache
def code_of_a_choice() -> re.Pattern[str]:
    """Return the codes of all choices of all steps that are not Spanish words."""
    codes, labels = set(dict(PROFILES)), {"servir"}
    for step in forms.steps().values():
        for field in walk(step.form(given={})):
            for code, label, *_ in getattr(field, "iter_choices", list)():
                codes.add(str(code))
                labels |= set(re.findall(r"\w+", str(label).casefold()))
    plain = {one for one in codes if one.isascii() and one.islower() and len(one) > 3} - labels
    return re.compile(rf"(?<![\w@./=?&-])(?:{'|'.join(sorted(plain))})(?![\w@./=-])")


#: Inputs that a browser sends and people can reach: those outside parts that are closed.
OPEN = "[not(ancestor::fieldset[@disabled])]"


class Form:
    """A form of a page, with the values that a browser would send."""

    def __init__(self, page: Page, element: Any) -> None:
        self.page = page
        self.element = element
        self.values: MultiDict[str, Any] = MultiDict()
        for control in element.xpath(f".//*[self::input or self::select or self::textarea]{OPEN}"):
            name = control.get("name")
            if not name:
                continue
            kind = control.get("type", "text") if control.tag == "input" else control.tag
            if kind in ("checkbox", "radio"):
                if control.get("checked") is not None:
                    self.values.add(name, control.get("value", "on"))
            elif kind == "select":
                self.values.add(name, control.value or "")
            elif kind == "textarea":
                self.values.add(name, control.text or "")
            elif kind != "file":
                self.values.add(name, control.get("value", ""))

    @property
    def names(self) -> set[str]:
        """Return the names of all inputs, chosen or not."""
        return {one.get("name") for one in self.element.xpath(f".//*[@name]{OPEN}")}

    def is_closed(self, name: str) -> bool:
        """Return whether an input is in a part of the page that is closed."""
        closed = self.element.xpath(".//fieldset[@disabled]//input[@name='shown']/@value")
        return any(name == one or name.startswith(f"{one}-") for one in closed)

    @property
    def buttons(self) -> dict[str, str]:
        """Return the value and the label of each visible button."""
        found = self.element.xpath(f".//button[not(@aria-hidden)]{OPEN}")
        return {one.get("value", ""): " ".join(one.text_content().split()) for one in found}

    def choices(self, name: str) -> list[str]:
        """Return the values that can be chosen, [] for a text input."""
        options = self.element.xpath(f".//select[@name='{name}']/option/@value")
        boxes = self.element.xpath(
            f".//input[@name='{name}' and (@type='radio' or @type='checkbox')]/@value"
        )
        return [*options, *boxes]

    def fill(self, name: str, *values: Any) -> None:
        """Type or choose. Fails if the page has no such input or no such choice."""
        assert name in self.names, f"{self.page}: no input {name}; there are {sorted(self.names)}"
        offered = self.choices(name)
        for value in values:
            assert not offered or value in offered, f"{self.page}: {name} cannot be {value!r}"
        self.values.setlist(name, list(values))

    def press(self, button: str = "") -> Page:
        """Press a button, by its value. Return the next page."""
        data = self.values.copy()
        if button:
            assert button in self.buttons, f"{self.page}: no button {button}: {self.buttons}"
            (name, *_) = self.element.xpath(f".//button[@value='{button}']/@name")
            data[name] = button
        address = self.element.get("action") or self.page.path
        return self.page.visitor.send(urljoin(self.page.path, address), data)


class Page:
    """A page as its reader sees it."""

    def __init__(self, visitor: Visitor, response: TestResponse) -> None:
        self.visitor = visitor
        self.response = response
        self.path = response.request.full_path.rstrip("?")
        html = response.get_data(as_text=True)
        assert UPLOADED not in html, f"{self.path} shows the name of an uploaded file"
        self.tree = lxml.html.fromstring(html)
        code = CODE.search(self.text) or code_of_a_choice().search(self.text)
        assert code is None, f"{self.path} shows a code: {code}"

    def __str__(self) -> str:
        return f"{self.path} ({self.response.status_code}, {self.heading})"

    @property
    def heading(self) -> str:
        """Return the first heading."""
        found = self.tree.xpath("//h1")
        return " ".join(found[0].text_content().split()) if found else ""

    @property
    def text(self) -> str:
        """Return all text of the page, in single spaces."""
        parts = self.tree.xpath("//main//text()") or self.tree.xpath("//body//text()")
        return " ".join(" ".join(parts).split())

    @property
    def errors(self) -> list[str]:
        """Return the sentences of the error summary."""
        found = self.tree.xpath("//*[contains(@class, 'error-summary')]//li")
        return [" ".join(one.text_content().split()) for one in found]

    @property
    def forms(self) -> list[Form]:
        """Return the forms in the main part of the page."""
        return [Form(self, one) for one in self.tree.xpath("//main//form")]

    def form(self, holding: str = "") -> Form:
        """Return the form that has an input or a button of that name or value; the first form for
        "".
        """
        for form in self.forms:
            if not holding or holding in form.names or holding in form.buttons:
                return form
        raise AssertionError(f"{self}: no form with {holding}")

    def button(self, label: str) -> Page:
        """Press the button of a separate form."""
        for form in self.forms:
            for value, text in form.buttons.items():
                if text == label:
                    return form.press(value)
        raise AssertionError(f"{self}: no button «{label}»")

    def link(self, label: str) -> str:
        """Return the address of the first link with this text."""
        for one in self.tree.xpath("//main//a"):
            if label in " ".join(one.text_content().split()):
                return str(urljoin(self.path, one.get("href")))
        raise AssertionError(f"{self}: no link «{label}»")

    def links(self, pattern: str) -> list[str]:
        """Return the addresses of the links that match."""
        return [href for href in self.tree.xpath("//main//a/@href") if re.search(pattern, href)]

    def says(self, *sentences: str) -> Page:
        """Fail unless the page contains all of these texts. Return the page."""
        for sentence in sentences:
            assert sentence in self.text, f"{self} does not say «{sentence}»: {self.text}"
        return self

    def never_says(self, *sentences: str) -> Page:
        """Fail if the page contains any of these texts. Return the page."""
        for sentence in sentences:
            assert sentence not in self.text, f"{self} says «{sentence}»"
        return self


class Visitor:
    """A user before a browser, who logs in again whenever a page requires it."""

    def __init__(self, app: Flask, document: str = "", password: str = PASSWORD) -> None:
        client = app.test_client()
        assert isinstance(client, CheckingClient)
        self.client = client
        self.document = document
        self.password = password

    def go(self, path: str) -> Page:
        """Open an address and follow redirects. Fails unless a page results."""
        page = self.look(path)
        assert page.response.status_code == 200, str(page)
        return page

    def look(self, path: str) -> Page:
        """Open an address like `go`, for any status of the answer."""
        page = Page(self, self.client.get(path, follow_redirects=True))
        if page.path.startswith("/ingresar") and self.document:
            page = self.sign_in(page)
        return page

    def is_signed_out(self, path: str) -> None:
        """Check that an address leads to the page of signing in."""
        page = Page(self, self.client.get(path, follow_redirects=True))
        assert page.path.startswith("/ingresar"), str(page)

    def sign_in(self, page: Page | None = None) -> Page:
        """Sign in by DNI and password."""
        form = (page or Page(self, self.client.get("/ingresar"))).form("password")
        form.fill("document_type", "DNI")
        form.fill("document_number", self.document)
        form.fill("password", self.password)
        came = form.press()
        assert not came.errors, f"{came}: {came.errors}"
        return came

    def send(self, path: str, data: MultiDict[str, Any]) -> Page:
        """Send a form and follow redirects."""
        sent = MultiDict((key, openable(value)) for key, value in data.items(multi=True))
        response = self.client.post(
            path, data=sent, follow_redirects=True, content_type="multipart/form-data"
        )
        page = Page(self, response)
        if page.path.startswith("/ingresar") and "/ingresar" not in path and self.document:
            raise AssertionError(f"{path} was not taken: signed out")
        return page

    def document_for(self, page: Page, name: str) -> bytes:
        """Return what is uploaded to an input of a page."""
        return sample_pdf()

    def download(self, path: str) -> bytes:
        """Return the bytes of a file."""
        with self.client.get(path) as response:
            assert response.status_code == 200, f"{path}: {response.status_code}"
            assert response.headers["Content-Disposition"].startswith("attachment")
            return bytes(response.data)


def openable(value: Any) -> Any:
    """Return a file, as bytes and name, in the form that the test client takes."""
    return (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value


def local(address: str) -> str:
    """Return the path of an address in a mail."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
