"""The tests' client sees a page that is not valid HTML5."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.pages import CheckingClient, InvalidPage

PAGE = '<!DOCTYPE html><html lang="es"><title>x</title>'


@pytest.mark.parametrize(
    "markup", ["<p>uno</div>", "<b><p>uno</b>", '<input type="hidden" autocomplete="on">']
)
def test_a_page_that_is_not_html5_fails_the_test_that_opens_it(markup: str):
    site = Flask("site")
    site.test_client_class = CheckingClient
    site.add_url_rule("/", "valid", lambda: PAGE)
    site.add_url_rule("/otra", "invalid", lambda: PAGE + markup)
    assert site.test_client().get("/").status_code == 200
    with pytest.raises(InvalidPage, match="/otra"):
        site.test_client().get("/otra")
