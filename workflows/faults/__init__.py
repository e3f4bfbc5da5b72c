"""Find what is wrong with a set of diagrams and tables before they can run."""

from collections.abc import Mapping

from lxml import etree

from workflows.contract import Contract, Fault, Findings, as_sentence
from workflows.drawing import read_drawing
from workflows.engine import NotRunnable, parse_specs
from workflows.faults.agreement import check_agreement
from workflows.faults.conditions import check_conditions, check_timers
from workflows.faults.constructs import check_constructs
from workflows.faults.documents import read_documents
from workflows.faults.flow import check_flow
from workflows.faults.ignored import check_ignored
from workflows.faults.names import check_named, check_records, check_unused
from workflows.faults.plan import Plan
from workflows.faults.references import check_references
from workflows.faults.texts import check_cells, check_texts
from workflows.tables import BadTable, Table, read_table

CHECKS = (
    check_constructs,
    check_flow,
    check_conditions,
    check_timers,
    check_agreement,
    check_named,
)


def find(texts: Mapping[str, str], contract: Contract, *, live: bool) -> Findings:
    """Return all faults and remarks, by file and element."""
    faults: list[Fault] = []
    roots = read_documents(texts, faults)
    if not live:
        faults += check_texts(roots)
    if faults:  # the faults of the other files would only follow from these
        return Findings(tuple(sorted(set(faults))))
    drawings = [read_drawing(f, root) for f, root in roots.items() if f.endswith(".bpmn")]
    plan = Plan(drawings, _tables(roots, faults), contract)
    for check in CHECKS:
        faults += check(plan)
    if not live:  # deployments that are already live were accepted without these checks
        for check in (check_ignored, check_references, check_cells):
            faults += check(plan)
    if not faults:
        faults += _engine(roots)
    remarks = () if live else (*check_unused(plan), *check_records(plan))
    return Findings(tuple(sorted(set(faults))), tuple(sorted(remarks)))


def _tables(roots: Mapping[str, etree._Element], faults: list[Fault]) -> dict[str, Table]:
    tables = {}
    for file, root in roots.items():
        if not file.endswith(".dmn"):
            continue
        try:
            tables[file.removesuffix(".dmn")] = read_table(root)
        except BadTable as error:
            faults.append(Fault(file, error.cell, as_sentence(error)))
    return tables


def _engine(roots: Mapping[str, etree._Element]) -> list[Fault]:
    """Return the errors of SpiffWorkflow's own parser; used if nothing else was found."""
    try:
        parse_specs({file: root for file, root in roots.items() if file.endswith(".bpmn")})
    except NotRunnable as error:
        return [Fault(error.file, "", f"SpiffWorkflow refuses it: {error}.")]
    return []
