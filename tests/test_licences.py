"""Nothing that runs is under the GPL or the AGPL, and the check would report it."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib

import pytest

from tests import licences
from tests.tree import ROOT

#: The beginning of the text of Apache-2.0 as its authors publish it.
APACHE = "c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4"
LOCK = """flask==3.1.3 \\
    --hash=sha256:00
    # via -r requirements/run.in
brotlicffi==1.2.1.0 ; platform_python_implementation == 'PyPy' \\
    --hash=sha256:00
flufl-bounce==6.0.0 \\
    --hash=sha256:00
"""


def row(
    name: str, expression: str = "", classifier: str = "", text: str = "", file: str = ""
) -> dict[str, str]:
    """Return one package as pip-licenses reports it."""
    given = dict(zip(licences.SOURCES, (expression, classifier, text, file), strict=True))
    return {"Name": name, "Version": "1"} | {key: one or "UNKNOWN" for key, one in given.items()}


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "GPL-2.0-or-later WITH Classpath-exception-2.0",
        "AGPL-3.0-or-later",
        "LGPL-2.1-only AND GPL-2.0-only",
        "(MIT OR LGPL-3.0-only) AND GPL-3.0-only",
        "gpl v2",
        "GNU General Public License v2 or later (GPLv2+)",
        "GNU Affero General Public License v3",
        "Artistic License; GNU General Public License (GPL)",
        "Free under the GNU General Public License, version 3",
        "",
    ],
)
def test_a_refused_licence_is_a_fault(licence):
    assert not licences.is_allowed(licence)


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "lGPLv3",
        "LGPL-3.0-only",
        "LGPL-2.1-or-later",
        "GNU Library or Lesser General Public License (LGPL)",
        "GNU Lesser General Public License v3 or later (LGPLv3+)",
        "MIT OR GPL-3.0-only",
        "MPL-2.0",
        "MIT AND OFL-1.1",
    ],
)
def test_any_other_licence_is_allowed(licence):
    assert licences.is_allowed(licence)


def test_packages_are_those_of_the_lock_whose_licence_is_read_in_order():
    rows = [
        row("Flask", "BSD-3-Clause", "GNU General Public License (GPL)"),
        row("flufl.bounce", "", "Apache Software License", "a long text"),
        row("pytest", "GPL-3.0-only"),
    ]
    found = licences.of_python(rows, licences.pinned(LOCK))
    assert found == {"flask": "BSD-3-Clause", "flufl-bounce": "Apache Software License"}


def test_a_package_that_should_be_installed_and_is_not_is_a_fault():
    found = licences.of_python([row("Flask", "BSD-3-Clause")], licences.pinned(LOCK))
    assert licences.faults(found) == ["flufl-bounce: names no licence"]


def test_the_text_of_a_packaged_licence_is_read_last():
    rows = [row("Flask", file="The MIT License"), row("flufl.bounce", file="GNU GPL, version 3")]
    found = licences.of_python(rows, licences.pinned(LOCK))
    assert found["flask"] == "The MIT License"
    assert licences.faults(found) == ["flufl-bounce: GNU GPL, version 3"]


def test_a_gpl_package_in_what_runs_would_fail_the_check(monkeypatch, capsys):
    found = {"one": "MIT", "two": "GPL-3.0-only", "three": "AGPL-3.0-only"}
    monkeypatch.setattr(licences, "installed", lambda: found)
    with pytest.raises(SystemExit) as ended:
        licences.main()
    assert str(ended.value).endswith("three: AGPL-3.0-only\ntwo: GPL-3.0-only")
    assert "one" in capsys.readouterr().out


def test_only_npm_packages_that_pages_contain_are_checked():
    lock = {
        "packages": {
            "": {"name": "ours"},
            "node_modules/@a/font": {"license": "OFL-1.1"},
            "node_modules/unnamed": {},
            "node_modules/tool": {"license": "GPL-3.0-only", "dev": True},
        }
    }
    found = licences.of_npm(lock)
    assert found == {"@a/font": "OFL-1.1", "unnamed": ""}
    assert licences.faults(found) == ["unnamed: names no licence"]


@pytest.mark.nightly
def test_what_runs_here_is_under_no_refused_licence():
    found = licences.installed()
    assert licences.faults(found) == []
    assert "lesser" in found["spiffworkflow"].casefold()
    assert found["psycopg"].startswith("LGPL")
    named = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert named.keys() <= found.keys()
    assert len(found) > 50


@pytest.mark.nightly
def test_the_decision_names_every_package_whose_licence_requires_its_sources():
    found = licences.installed()
    asks = {
        name for name, one in found.items() if re.search(r"gpl|lesser|\bmpl|mozilla", one, re.I)
    }
    assert asks == {
        *("spiffworkflow", "psycopg", "psycopg-binary", "pi-heif"),
        *("pikepdf", "certifi"),
    }
    decision = next((ROOT / "docs" / "adr").glob("0039-*.md")).read_text("utf-8")
    for name in (
        *asks - {"spiffworkflow", "psycopg-binary"},
        "SpiffWorkflow",
        "govuk-frontend",
        "Inter",
    ):
        assert name in decision


def test_the_licence_is_the_official_text_and_the_notice_names_the_holder():
    text = (ROOT / "LICENSE").read_bytes()
    assert hashlib.sha256(text).hexdigest() == APACHE
    assert "Copyright 2026 The Zaguán contributors" in (ROOT / "NOTICE").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE", "NOTICE"])
    assert project["authors"] == [{"name": "The Zaguán contributors"}]
