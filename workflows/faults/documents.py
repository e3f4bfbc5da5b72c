"""Check that each file is XML, safe, and valid against the OMG's schema."""

from collections.abc import Iterator, Mapping
from functools import cache

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import XSD_PATH
from SpiffWorkflow.dmn.parser.BpmnDmnParser import SCHEMAS

from workflows.contract import Fault, as_sentence
from workflows.drawing import BPMN, DMN, NotXml, id_of, read_xml

SHOWN = 5
"""Schema violations reported per file; the others mostly follow from the first."""


def read_documents(texts: Mapping[str, str], faults: list[Fault]) -> dict[str, etree._Element]:
    """Return the roots of the sound files; add the faults of the others to `faults`."""
    roots = {}
    for file, text in texts.items():
        if not file.endswith((".bpmn", ".dmn")):
            faults.append(Fault(file, "", "The file is neither a .bpmn nor a .dmn."))
            continue
        try:
            root = read_xml(text)
        except NotXml as error:
            faults.append(Fault(file, "", as_sentence(error)))
            continue
        found = list(_violations(file, root))
        faults += found
        if not found:
            roots[file] = root
    return roots


def _violations(file: str, root: etree._Element) -> Iterator[Fault]:
    namespace, path = (BPMN, XSD_PATH) if file.endswith(".bpmn") else (DMN, SCHEMAS[DMN])
    if root.tag != f"{{{namespace}}}definitions":
        yield Fault(file, "", "It is not a document of BPMN 2.0 or DMN 1.3.")
        return
    schema = _schema(path)
    if schema.validate(root):
        return
    for error in list(schema.error_log)[:SHOWN]:
        yield Fault(
            file,
            _id_at(root, error.path),
            f"Line {error.line} is not valid against the OMG schema: {error.message}",
        )


@cache
def _schema(path: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path))


def _id_at(root: etree._Element, path: str | None) -> str:
    """Return the id of the element at an XPath of libxml2, or of its nearest ancestor with one."""
    bound = {prefix: uri for one in root.iter() for prefix, uri in one.nsmap.items() if prefix}
    found = root.xpath(path, namespaces=bound) if path else []
    return id_of(found[0]) if found else ""
