"""The bill of materials of what is delivered, in CycloneDX: Python packages and npm packages.

Python's part comes from `cyclonedx-py`, which reads `requirements/run.txt` with its hashes. The npm
packages are those whose styles and fonts the pages contain, as `package-lock.json` pins them.
`python -m tests.sbom` prints it; `make sbom` writes it to dist/.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from cyclonedx.schema import SchemaVersion

from tests.licences import NPM, RUN
from tests.tree import ROOT


def made() -> dict[str, Any]:
    """Return the bill of materials. The same pins give the same text."""
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements"]
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    run = subprocess.run(
        [*command, *options, "--sv", "1.6", str(RUN)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    bill: dict[str, Any] = json.loads(run.stdout)
    for component in bill["components"]:
        del component["description"]  # the line of the file
        component["bom-ref"] = component["purl"]
    bill["components"] += of_npm(json.loads(NPM.read_text("utf-8")))
    root = bill["metadata"]["component"]["bom-ref"]
    names = sorted(component["bom-ref"] for component in bill["components"])
    bill["dependencies"] = [{"ref": root, "dependsOn": names}, *({"ref": name} for name in names)]
    return bill


def of_npm(lock: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a component for each npm package that is not a tool of the tests."""
    for place, one in lock["packages"].items():
        if not place or one.get("dev"):
            continue
        name = place.removeprefix("node_modules/")
        kind, _, digest = one["integrity"].partition("-")
        purl = f"pkg:npm/{name.replace('@', '%40')}@{one['version']}"
        yield {
            "bom-ref": purl,
            "type": "library",
            "name": name,
            "version": one["version"],
            "purl": purl,
            "licenses": [{"expression": one["license"]}],
            "hashes": [
                {
                    "alg": kind.upper().replace("SHA", "SHA-"),
                    "content": base64.b64decode(digest).hex(),
                }
            ],
        }


def faults(text: str) -> list[str]:
    """Return what the schema of CycloneDX 1.6 refuses in a bill of materials."""
    # Here alone: its grammars take seconds, which each process of the tests would pay.
    from cyclonedx.validation.json import JsonStrictValidator

    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return [] if fault is None else [str(fault)]


def main() -> None:
    """Print the bill of materials. Exit with code 1 if it breaks the schema."""
    text = json.dumps(made(), indent=1)
    print(text)
    if found := faults(text):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
