"""A test client that parses every page as the strictest browser would."""

from __future__ import annotations

import re
from typing import Any

import html5lib
from flask.testing import FlaskClient
from html5lib.html5parser import ParseError
from werkzeug.test import TestResponse

#: Words between tags, without what could be markup; numbers anywhere.
WORDS = re.compile(r"(?<=>)[^<>&]+|\d+")

#: Users do not fill hidden inputs, so that `autocomplete` may not be on or off there.
HIDDEN_AND_SUGGESTED = re.compile(
    r"<input\b(?=[^>]*\btype=[\"']hidden)[^>]*\bautocomplete=[\"'](?:on|off)[\"'][^>]*>"
)

#: Whether each page is parsed whose markup is new, or in this process only the first of each
#: address and status: parsing takes a tenth of a second.
every_markup = True
#: What need not be parsed again: markup without words and numbers, or addresses with statuses.
_valid: set[tuple[bool, str]] = set()


class InvalidPage(AssertionError):
    """A page is not well-formed HTML5; the message says where and why."""


class CheckingClient(FlaskClient):
    """Parses each HTML answer as HTML5, strictly, and answers to htmx as fragments."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Request a page like Flask's client. Raises InvalidPage."""
        response = super().open(*args, **kwargs)
        is_page = response.mimetype == "text/html" and not response.content_encoding
        if is_page and response.content_length and response.data:
            check(response.get_data(as_text=True), response)
        return response


def astray(html: str) -> set[str]:
    """Return the fragments that a page's links name and that do not exist in it."""
    targets = re.findall(r'href="#([^"]*)"', html)
    return set(targets) - set(re.findall(r' id="([^"]*)"', html))


def check(html: str, response: TestResponse) -> None:
    """Raise InvalidPage unless the text is HTML5 without a single parse error."""
    fragment = "HX-Request" in response.request.headers and not html.startswith("<!DOCTYPE")
    address = f"{response.status_code} {re.sub('[0-9]+', '', response.request.path)}"
    shape = (fragment, WORDS.sub("", html) if every_markup else address)
    if shape in _valid:
        return
    if (hidden := HIDDEN_AND_SUGGESTED.search(html)) is not None:
        # No parse error, but not HTML5: users do not type there.
        raise InvalidPage(f"{response.request.path}: {hidden[0]}")
    parser = html5lib.HTMLParser(strict=True)
    try:
        (parser.parseFragment if fragment else parser.parse)(html)
        _valid.add(shape)
    except ParseError as fault:
        line, column = parser.errors[-1][0]
        around = html.splitlines()[max(line - 2, 0) : line + 1]
        raise InvalidPage(
            f"{response.request.path}, line {line}, column {column}: {fault}\n" + "\n".join(around)
        ) from None
