"""A contract for import-linter that its built-in kinds cannot express: steps are leaves."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class StepsStandAlone(Contract):
    """No module of the package imports one of its steps (its folders), except the step itself.

    `shared` names the folders that are not steps but parts shared by steps.

    A step can then be written, changed and removed by reading its folder alone.
    """

    package = fields.StringField()
    shared: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Check the contract. Called by import-linter."""
        wrong = sorted(
            (importer, imported)
            for step in self.steps()
            for imported in {step, *graph.find_descendants(step)}
            for importer in graph.find_modules_that_directly_import(imported)
            if is_inside(importer, str(self.package)) and not is_inside(importer, step)
        )
        return ContractCheck(not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the faults. Called by import-linter."""
        for importer, imported in check.metadata["wrong"]:
            output.print_error(f"{importer} imports {imported}", bold=False)

    def steps(self) -> list[str]:
        """Return the folders of the package, as modules."""
        spec = find_spec(str(self.package))
        assert spec
        assert spec.origin
        folders = Path(spec.origin).parent.glob("*/__init__.py")
        names = {init.parent.name for init in folders} - {str(name) for name in self.shared}
        return [f"{self.package}.{name}" for name in sorted(names)]


def is_inside(module: str, package: str) -> bool:
    """Return whether a module is a package or within it."""
    return f"{module}.".startswith(f"{package}.")
