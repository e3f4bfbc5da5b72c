"""The programs that tests start besides those of Python, Node and a plain Debian, in one table.

A test names what it starts: `@pytest.mark.starts("nginx")`. A quick test whose program `make check`
does not bring runs in `make test`. A test that starts a program without naming it fails on every
machine, also on one that has the program. Chromium needs no mark: every tier brings it, and
Playwright starts it.

`python -m tests.programs TIER [PARTS]` installs the missing packages (as root, on Debian), or names
all of them in one sentence and fails. With `--name` it installs nothing, and is silent as root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Where Debian keeps programs that are not for everyone's PATH.
SYSTEM = ("/usr/sbin", "/usr/lib/systemd/user-environment-generators")
TESTS = frozenset({"test", "nightly"})


@dataclass(frozen=True)
class Program:
    """A program: its package of Debian, who brings it, and under which names it is found."""

    name: str
    package: str
    #: Tiers, and parts of the nightly tests (`tests.tiers`), whose tests start it.
    brought_by: frozenset[str] = TESTS
    names: tuple[str, ...] = ()
    #: Arguments with which it fails where something of its package is missing.
    probe: tuple[str, ...] = ()

    def path(self) -> str | None:
        """Return where it is, or None."""
        folders = os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM))
        found = (shutil.which(name, path=folders) for name in self.names or (self.name,))
        return next(filter(None, found), None)

    def is_missing(self) -> bool:
        """Return whether it is not here, or not whole."""
        path = self.path()
        if path is None or not self.probe:
            return path is None
        return subprocess.run([path, *self.probe], capture_output=True, check=False).returncode != 0


#: The names that Chromium has on other systems, or Chrome.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

PROGRAMS = {
    program.name: program
    for program in (
        Program("chromium", "chromium", TESTS | {"check"}, names=BROWSERS),
        Program("nginx", "nginx-light"),
        Program("pgbouncer", "pgbouncer"),
        Program("promtool", "prometheus"),
        Program("amtool", "prometheus-alertmanager"),
        Program("systemd-analyze", "systemd"),
        Program("30-systemd-environment-d-generator", "systemd"),
        # The Nu Html Checker in the crawl, and veraPDF over papers of cases.
        Program("java", "default-jre-headless", frozenset({"nightly", "crawl", "cases"})),
        # Another reader of bounces, which is a library of Perl.
        Program(
            "perl",
            "libsisimai-perl",
            frozenset({"nightly", "mailroom"}),
            probe=("-MSisimai", "-e", "1"),
        ),
    )
}


class Missing(Exception):
    """A test starts a program that this machine does not have."""


def path(name: str) -> str:
    """Return the path of a program of the table. Raises Missing, with how to install it."""
    found = PROGRAMS[name].path()
    if found is None:
        raise Missing(sentence([PROGRAMS[name].package]))
    return found


def brought(tier: str, parts: Iterable[str] = ()) -> set[str]:
    """Return the names of the programs that a run brings, by its tier and its nightly parts."""
    runs = {tier, *parts}
    return {program.name for program in PROGRAMS.values() if program.brought_by & runs}


def sentence(packages: Iterable[str]) -> str:
    """Return what to say of missing packages."""
    names = " ".join(packages)
    return f"The tests need programs that are not installed. On Debian: apt-get install {names}"


# A test that starts a program ------------------------------------------------------------------


#: What every Debian has, and what the README asks for.
PLAIN = {"sh", "bash", "false", "git", "make"}
#: Refuses a program by name; None outside of tests.
_refuse: Callable[[str], None] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and _refuse is not None:
        program = os.fsdecode(arguments[0])
        name = Path(program).name
        if name in PROGRAMS or (is_of_the_machine(program) and name not in PLAIN):
            _refuse(name)


def is_of_the_machine(program: str) -> bool:
    """Return whether a program is found on the PATH or in the system's folders, not in a test's."""
    return os.sep not in program or program.startswith(("/usr/", "/bin/", "/sbin/"))


sys.addaudithook(_watch)


@contextmanager
def watched(refuse: Callable[[str], None]) -> Iterator[None]:
    """Call `refuse` with the name of each program of the machine that this process starts."""
    global _refuse
    before, _refuse = _refuse, refuse
    try:
        yield
    finally:
        _refuse = before


# Before the tests ------------------------------------------------------------------------------


def missing(tier: str, parts: Iterable[str]) -> list[str]:
    """Return the packages that a run needs and this machine lacks, in the table's order."""
    wanted = (PROGRAMS[name] for name in PROGRAMS if name in brought(tier, parts))
    return list(dict.fromkeys(one.package for one in wanted if one.is_missing()))


def main(tier: str, parts: str = "", *, only_name: bool = False) -> int:
    """Install or name what is missing for a tier and parts with commas; return the exit code."""
    packages = missing(tier, parts.split(","))
    if not packages:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.stderr.write(f"{sentence(packages)}\n")
        return 1
    if only_name:
        return 0
    sys.stderr.write(f"Installing {' '.join(packages)} …\n")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        command = ["apt-get", "-qq", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            return done.returncode
    return 0


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--name"]
    sys.exit(main(*words, only_name="--name" in sys.argv))
