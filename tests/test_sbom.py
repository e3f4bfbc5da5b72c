"""The bill of materials has every package that is delivered, as the lock files pin it; no other."""

from __future__ import annotations

import base64
import json
import re

import pytest
import yaml

from tests import licences, sbom
from tests.tree import ROOT


@pytest.fixture(scope="module")
def bill() -> dict:
    return sbom.made()


@pytest.mark.nightly
def test_it_has_what_the_locks_pin_and_nothing_else(bill):
    pins = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ]+)", licences.RUN.read_text(), re.M)
    wanted = {f"pkg:pypi/{name}@{version}" for name, version in pins}
    assert len(wanted) > 50
    lock = json.loads(licences.NPM.read_text("utf-8"))
    npm = {name: lock["packages"][f"node_modules/{name}"] for name in licences.of_npm(lock)}
    assert "govuk-frontend" in npm
    wanted |= {f"pkg:npm/{name.replace('@', '%40')}@{one['version']}" for name, one in npm.items()}
    assert {component["purl"] for component in bill["components"]} == wanted
    assert len(bill["components"]) == len(wanted)


@pytest.mark.nightly
def test_each_component_has_a_hash_of_the_lock(bill):
    run = licences.RUN.read_text()
    npm = json.loads(licences.NPM.read_text("utf-8"))["packages"]
    for component in bill["components"]:
        references = component.get("externalReferences", [{}])
        hashes = [*component.get("hashes", []), *references[0].get("hashes", [])]
        assert hashes, component["name"]
        if component["purl"].startswith("pkg:pypi"):
            assert all(f"sha256:{one['content']}" in run for one in hashes), component["name"]
        else:
            (digest,) = hashes
            assert digest["alg"] == "SHA-512"
            content = base64.b64encode(bytes.fromhex(digest["content"])).decode()
            locked = npm[f"node_modules/{component['name']}"]["integrity"]
            assert locked == f"sha512-{content}", component["name"]


@pytest.mark.nightly
def test_it_follows_the_schema_and_names_the_release(bill):
    assert sbom.faults(json.dumps(bill)) == []
    assert sbom.faults(json.dumps(bill | {"components": 1})) != []
    root = bill["metadata"]["component"]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{root["version"]}"' in project
    assert (root["name"], root["licenses"][0]["license"]["id"]) == ("zaguan-rvl", "Apache-2.0")


@pytest.mark.nightly
def test_the_same_pins_give_the_same_text(bill):
    assert json.dumps(sbom.made()) == json.dumps(bill)


def test_the_hosted_ci_looks_for_known_weaknesses_with_pinned_programs():
    workflow = yaml.safe_load((ROOT / ".github/workflows/audit.yml").read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["audit"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    assert runs == ["make audit", "make sbom"]
    uses = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in uses)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    target = makefile[makefile.index("\naudit:") :].split("\n\n")[0]
    assert "$(call install,audit,.venv/audit/bin)" in target
    assert "pip-audit --strict --disable-pip --require-hashes -r requirements/run.txt" in target
    assert "npm audit --omit=dev" in target
    pins = (ROOT / "requirements" / "audit.txt").read_text("utf-8")
    assert re.search(r"^pip-audit==[\d.]+ \\\n    --hash=sha256:", pins, re.MULTILINE)
