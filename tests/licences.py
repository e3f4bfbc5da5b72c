"""The licences of what runs: nothing may be under the GPL or the AGPL; the LGPL is allowed.

What runs is what `requirements/run.txt` installs and the npm packages whose styles and fonts the
pages and documents contain. The tools of the tests are not distributed and are not checked.

`python -m tests.licences` prints the licences and fails if one is refused.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from tests.tree import ROOT

RUN = ROOT / "requirements" / "run.txt"
NPM = ROOT / "package-lock.json"

#: Fields in which pip-licenses reports a licence, the most exact first; at last the text of the
#: packaged licence.
SOURCES = ("License-Expression", "License-Classifier", "License-Metadata", "LicenseText")
LESSER = re.compile(r"(library or )?lesser general public licen[cs]e|\blgpl[\w.+-]*", re.IGNORECASE)
REFUSED = re.compile(r"gpl|general public|affero", re.IGNORECASE)
#: Some packages give the whole text in place of a name.
LONGEST_NAME = 60


def normalised(name: str) -> str:
    """Return the name of a Python package as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, bool]:
    """Return the packages of a lock file: name -> whether it is installed everywhere."""
    lines = re.findall(r"^([a-z0-9-]+)==\S+(.*)$", text, re.MULTILINE)
    return {name: ";" not in more for name, more in lines}


def of_python(rows: Iterable[Mapping[str, str]], names: Mapping[str, bool]) -> dict[str, str]:
    """Return name -> licence for the packages in `names`; `rows` as pip-licenses writes them.

    "" means that the package names no licence. A package that should be installed and is not in
    `rows` is in the result with "".
    """
    found = {normalised(row["Name"]): named(row) for row in rows}
    absent = {name: "" for name, always in names.items() if always and name not in found}
    return absent | {name: found[name] for name in names if name in found}


def named(row: Mapping[str, str]) -> str:
    """Return the licence of a package: its SPDX expression, or its classifiers, or its text."""
    given = [row[source] for source in SOURCES if row.get(source, "UNKNOWN") != "UNKNOWN"]
    return given[0] if given else ""


def of_npm(lock: Mapping[str, Any]) -> dict[str, str]:
    """Return name -> licence for the npm packages that are not tools of the tests."""
    return {
        place.removeprefix("node_modules/"): one.get("license", "")
        for place, one in lock["packages"].items()
        if place and not one.get("dev")
    }


def faults(licences: Mapping[str, str]) -> list[str]:
    """Return a sentence for each package that is under a refused licence or under none."""
    return [
        f"{name}: {shown(licence) or 'names no licence'}"
        for name, licence in sorted(licences.items())
        if not is_allowed(licence)
    ]


def is_allowed(licence: str) -> bool:
    """Return whether the licence, or an alternative (SPDX `OR`), is not refused."""
    choices = licence.split(" OR ") if "(" not in licence else [licence]
    return bool(licence) and any(not REFUSED.search(LESSER.sub("", one)) for one in choices)


def shown(licence: str) -> str:
    """Return the licence for one line of a terminal."""
    line = " ".join(licence.split())
    return line if len(line) <= LONGEST_NAME else f"{line[:LONGEST_NAME]}…"


def installed() -> dict[str, str]:
    """Return name -> licence of what runs, as it is installed here."""
    command = [sys.executable, "-m", "piplicenses", "--with-system", "--from=all", "--format=json"]
    command += ["--with-license-file", "--no-license-path"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    python = of_python(json.loads(run.stdout), pinned(RUN.read_text("utf-8")))
    return python | of_npm(json.loads(NPM.read_text("utf-8")))


def main() -> None:
    """Print what runs under which licence. Exit with code 1 if one is refused."""
    licences = installed()
    for name, licence in sorted(licences.items()):
        print(f"{name:32} {shown(licence)}")
    if found := faults(licences):
        sys.exit("Refused (GPL, AGPL or no licence):\n" + "\n".join(found))


if __name__ == "__main__":
    main()
