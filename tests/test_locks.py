"""A lock is installed as it is: no release of others, no package that it lacks, no other file."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.tree import ROOT, tracked

#: Where commands stand that may install packages.
PLACES = ("Makefile", ".ci/", ".github/", "deploy/", "docs/", "README.md", "CONTRIBUTING.md")
#: A package that needs another with an extra, as pytest-cov needs coverage[toml].
NEEDS = "needs_it"
NEEDED = "needed"
EXTRA = "extra_of_it"


def commands(text: str) -> list[str]:
    """Return the commands of a text; continued lines are one."""
    return re.split(r"\n|;|&&|\|\|", re.sub(r"\\\n\s*", " ", text))


def reads_requirements(command: str) -> bool:
    """Return whether a command gives pip a file of requirements, also as "${pip[@]}" or uv pip."""
    return re.search(r"\bpip\b.*\s(-r|--requirement|--require-hashes)[\s=]", command) is not None


def installs_it_as_it_is(command: str) -> bool:
    """Return whether nothing is resolved, or nothing is installed: a dry run, an audit."""
    words = set(command.split())
    return bool(words & {"--no-deps", "--disable-pip"}) or words >= {"--no-index", "--dry-run"}


def test_every_place_that_installs_a_lock_resolves_nothing():
    found = {
        (path, command)
        for path in tracked()
        if path.startswith(PLACES) and not path.endswith((".png", ".pdf"))
        for command in commands((ROOT / path).read_text("utf-8"))
        if reads_requirements(command)
    }
    assert {path for path, _ in found} == {
        "Makefile",
        "deploy/install",
        "deploy/try",
        "docs/day-one.md",
    }
    assert [one for one in sorted(found) if not installs_it_as_it_is(one[1])] == []


def test_an_installation_that_resolves_is_noticed():
    resolving, audit = commands("pip install \\\n  --require-hashes -r a.txt && pip-audit -r a.txt")
    assert reads_requirements(resolving)
    assert not installs_it_as_it_is(resolving)
    assert not installs_it_as_it_is(audit)
    assert installs_it_as_it_is(f"{audit} --disable-pip")


def made_wheel(folder: Path, name: str, version: str, *metadata: str) -> str:
    """Write a wheel without a module; return its line of a lock."""
    inside = f"{name}-{version}.dist-info"
    files = {
        f"{inside}/METADATA": "\n".join(
            ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""]
        ),
        f"{inside}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()},{len(text)}\n"
        for path, text in files.items()
        for digest in [hashlib.sha256(text.encode()).digest()]
    )
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with ZipFile(file, "w") as archive:
        for path, text in {**files, f"{inside}/RECORD": f"{record}{inside}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


class Index:
    """A folder of wheels with a newer release than the lock's, and an empty environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines = {
            NEEDS: made_wheel(folder, NEEDS, "1.0", f"Requires-Dist: {NEEDED}[more]>=1.0"),
            NEEDED: made_wheel(
                folder,
                NEEDED,
                "1.0",
                "Provides-Extra: more",
                f"Requires-Dist: {EXTRA}; extra == 'more'",
            ),
            EXTRA: made_wheel(folder, EXTRA, "1.0"),
        }
        made_wheel(folder, NEEDED, "2.0", "Provides-Extra: more")
        self.bin = folder / ".venv" / "bin"
        venv.create(self.bin.parent, with_pip=True)

    def install(self, *lines: str) -> tuple[int, str]:
        """Install a lock of these lines as the Makefile does; return exit code and errors."""
        (self.folder / "requirements").mkdir(exist_ok=True)
        (self.folder / "requirements" / "small.in").write_text(f"{NEEDS}\n", "utf-8")
        (self.folder / "requirements" / "small.txt").write_text("".join(lines), "utf-8")
        command: list[str | Path] = ["make", "--directory", self.folder]
        command += ["--file", ROOT / "Makefile", f"BIN={self.bin}"]
        command += ["--eval", "small: ; @$(call install,small)", "small"]
        wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder)}
        environment = os.environ | wheels | {"PIP_CONFIG_FILE": "/dev/null"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def installed(self) -> set[str]:
        """Return the folders of what is installed of the index."""
        return {
            one.name.removesuffix(".dist-info")
            for name in (NEEDS, NEEDED, EXTRA)
            for one in self.bin.parent.glob(f"lib/python3*/site-packages/{name}-*.dist-info")
        }


@pytest.mark.guard("pip installs small locks into a new environment")
def test_a_lock_is_installed_and_what_it_lacks_is_named(tmp_path: Path):
    index = Index(tmp_path)
    wrong = index.lines[EXTRA].replace("sha256:", "sha256:0")[:-2] + "\n"
    code, said = index.install(index.lines[NEEDS], index.lines[NEEDED], wrong)
    assert code != 0
    assert "DO NOT MATCH THE HASHES" in said
    assert "The installation failed; the lines above say why." in said
    assert index.installed() == set()

    code, said = index.install(index.lines[NEEDS], index.lines[NEEDED])
    assert code != 0
    assert re.search(rf"ERROR: .*{EXTRA}.*from {NEEDED}\[more\]", said)
    assert "requirements/small.txt lacks what the lines above name." in said

    assert index.install(*index.lines.values()) == (0, "")
    assert index.installed() == {f"{name}-1.0" for name in (NEEDS, NEEDED, EXTRA)}
