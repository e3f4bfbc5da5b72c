"""The entry points for outsiders: changelog, LEEME, CI, hooks, templates, version."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date
from typing import Any

import pytest
import yaml

from tests.tree import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
#: The groups of Keep a Changelog.
GROUPS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
RELEASES = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\S+)$", CHANGELOG, re.MULTILINE)


def loaded(name: str) -> Any:
    """Return the content of a YAML file of the project."""
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


# The changelog ---------------------------------------------------------------------------------


def test_the_changelog_begins_with_unreleased_changes_and_its_headings_follow_the_form():
    heads = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert heads[1:] == [f"[{version}] - {day}" for version, day in RELEASES]
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= GROUPS


def test_releases_are_listed_newest_first_with_their_dates():
    numbers = [tuple(map(int, version.split("."))) for version, _ in RELEASES]
    days = [date.fromisoformat(day) for _, day in RELEASES]
    assert numbers == sorted(set(numbers), reverse=True)
    assert days == sorted(days, reverse=True)


def test_the_version_is_the_newest_release_or_the_one_that_the_changes_lead_to():
    number = tuple(map(int, PROJECT["version"].split(".")))
    newest = tuple(map(int, RELEASES[0][0].split(".")))
    unreleased, _, _ = CHANGELOG.partition(f"## [{RELEASES[0][0]}]")
    assert number == newest or (number > newest and re.search(r"^- ", unreleased, re.MULTILINE))


def test_links_of_the_changelog_lead_somewhere():
    targets = re.findall(r"\]\(([^)#\s]+)", CHANGELOG)
    assert targets
    assert [target for target in targets if not (ROOT / target).is_file()] == []


# For those who decide --------------------------------------------------------------------------


LEEME = (ROOT / "LEEME.md").read_text("utf-8")
NOT_OFFICIAL = (
    "No es la plataforma oficial. Los campos de los formatos SIP-RVL-001 y 002 son inferidos; "
    "la directiva vigente no se ha leído completa."
)


def test_leeme_is_one_screen_that_says_what_it_is_not():
    assert len(LEEME.splitlines()) <= 45
    assert NOT_OFFICIAL in LEEME
    heads = re.findall(r"^## (.+)$", LEEME, re.MULTILINE)
    assert heads[:4] == ["Qué hace", "Qué necesita", "Cuánto cuesta operarlo", "Qué no es"]


def test_leeme_does_not_use_tu():
    assert re.findall(r"\b(tú|tu|tus|te|puedes|debes|tienes)\b", LEEME, re.IGNORECASE) == []


def test_the_readme_says_what_it_is_and_for_which_readers_with_a_picture_before_how():
    readme = (ROOT / "README.md").read_text("utf-8")
    order = ["# Zaguán", "public entities", "It is for", "![", "SpiffWorkflow", "## Two commands"]
    places = [readme.index(part) for part in order]
    assert places == sorted(places)


# Machines and hooks ----------------------------------------------------------------------------


def test_hosted_ci_runs_the_common_checks_with_few_rights_and_a_time_limit():
    workflow = loaded(".github/workflows/check.yml")
    assert workflow["permissions"] == {"contents": "read"}
    job = workflow["jobs"]["check"]
    assert job["timeout-minutes"] <= 120
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in uses)
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs[-1] == ".ci/run"
    # The Debian of the images: an older one has an older pgbouncer.
    assert (
        f"FROM {job['container']['image']}-slim" in (ROOT / "deploy" / "Containerfile").read_text()
    )
    # Its last part, deploy/try, mounts file systems; the change is compared with an earlier commit.
    assert "--privileged" in job["container"]["options"].split()
    (checkout,) = (step for step in job["steps"] if "checkout" in step.get("uses", ""))
    assert checkout["with"]["fetch-depth"] == 0
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


def test_each_night_everything_runs():
    workflow = loaded(".github/workflows/nightly.yml")
    assert workflow["permissions"] == {"contents": "read"}
    job, check = workflow["jobs"]["nightly"], loaded(".github/workflows/check.yml")["jobs"]["check"]
    assert job["container"] == check["container"]
    assert job["steps"][-1]["run"] == "make nightly"
    night = re.search(r"^nightly: .*\n\t(.*)$", MAKEFILE, re.MULTILINE)
    assert night
    for option in ("--databases both", "-p randomly", "--cpu 0.5", "--cov "):
        assert option in night[1]


def test_hooks_run_the_projects_targets():
    repositories = loaded(".pre-commit-config.yaml")["repos"]
    assert [one["repo"] for one in repositories] == ["local"]
    hooks = {hook["id"]: hook for hook in repositories[0]["hooks"]}
    assert {"lint", "types", "imports"} <= hooks.keys()
    for name, hook in hooks.items():
        assert hook["entry"] == f"make {name}"
        assert re.search(rf"^{name}:.*## ", MAKEFILE, re.MULTILINE)
        assert (hook["language"], hook["pass_filenames"]) == ("system", False)


@pytest.mark.parametrize("name", ["fault", "proposal"])
def test_an_issue_template_has_the_fields_that_its_host_requires(name):
    text = (ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.md").read_text("utf-8")
    _, front, body = text.split("---\n", 2)
    assert {"name", "about"} <= yaml.safe_load(front).keys()
    assert "**" in body


def test_the_check_looks_at_licences():
    assert re.search(r"^.*: checks-%: .*\n\t.* lint types .*\blicences$", MAKEFILE, re.MULTILINE)
    for target in ("check", "test", "nightly"):
        assert re.search(rf"^{target}: checks-{target} ##", MAKEFILE, re.MULTILINE)


def test_the_version_and_the_python_are_each_declared_once():
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert "version" not in package
    assert package["license"] == PROJECT["license"]
    python = (ROOT / ".python-version").read_text("utf-8").strip()
    assert PROJECT["requires-python"] == f">={python}"
