"""Return paths: a separate address for each mail, which nobody else can forge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.base import config
from app.mailroom.sending import return_path


def installation(folder: Path, **given: str) -> Flask:
    """Return an application with settings alone: an address is made of them and a number."""
    made = Flask("app", static_folder=None)
    environment = {
        "ZAGUAN_DATA": str(folder),
        "ZAGUAN_SECRET_KEY": "a secret that only the tests know",
        "ZAGUAN_RETURN_ADDRESS": "Rebotes@correo.example.pe",
    }
    made.config.update(config.load(environment | given))
    return made


@pytest.fixture
def here(tmp_path: Path) -> Iterator[None]:
    with installation(tmp_path).app_context():
        yield


@pytest.mark.usefixtures("here")
def test_an_address_identifies_the_mail_that_came_back():
    address = return_path.make(17)
    assert address.startswith("Rebotes+17-")
    assert address.endswith("@correo.example.pe")
    assert return_path.read(address) == 17
    assert return_path.make(17) == address
    assert len(return_path.make(2**31 - 1).partition("@")[0]) <= 64, "RFC 5321, 4.5.3.1.1"


@pytest.mark.usefixtures("here")
def test_servers_may_change_its_case_and_put_it_in_brackets():
    address = return_path.make(17)
    for written in (address.lower(), address.upper(), f"<{address}>", f" {address}\n"):
        assert return_path.read(written) == 17, written


@pytest.mark.usefixtures("here")
def test_what_is_forged_or_cut_is_of_no_mail():
    address = return_path.make(17)
    local, _, domain = address.partition("@")
    forged = [
        "",
        "Rebotes@correo.example.pe",
        address.replace("+17-", "+18-"),
        address.replace("+17-", "+017-"),
        address.replace("+17-", "+١٧-"),
        f"{local[:-1]}@{domain}",
        f"{local}0@{domain}",
        f"{local}@otro.example.pe",
        f"otro+{local.partition('+')[2]}@{domain}",
        f"{address}, otra@example.pe",
        f"x{address}",
        f"Rebotes+{'9' * 400}-{'0' * 12}@{domain}",
    ]
    assert [one for one in forged if return_path.read(one) is not None] == []


def test_another_installation_cannot_make_one_up(tmp_path: Path):
    with installation(tmp_path, ZAGUAN_SECRET_KEY="another secret, of another place").app_context():
        theirs = return_path.make(17)
    with installation(tmp_path).app_context():
        assert return_path.read(theirs) is None


def test_without_one_of_its_own_mails_come_back_to_the_sender(tmp_path: Path):
    with installation(
        tmp_path, ZAGUAN_RETURN_ADDRESS="", ZAGUAN_MAIL_FROM="rvl+avisos@example.pe"
    ).app_context():
        address = return_path.make(5)
        assert address.startswith("rvl+avisos+5-")
        assert return_path.read(address) == 5


@pytest.mark.nightly
@given(number=st.integers(1, 2**31 - 1), text=st.text(max_size=80))
def test_every_mail_has_one_and_any_other_text_is_none(tmp_path_factory, number, text):
    with installation(tmp_path_factory.getbasetemp()).app_context():
        address = return_path.make(number)
        assert return_path.read(address) == number
        assert return_path.read(text) is None
        assert return_path.read(address.replace("@", text, 1)) in (None, number)
