"""One deployed version of the diagrams and tables."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from types import MappingProxyType

from workflows.contract import Contract, Fault, Findings, InvalidDiagram, as_sentence
from workflows.drawing import Drawing, NotXml, called_along_the_flow, read_drawing, read_xml
from workflows.engine import NotRunnable, Specs, parse_specs
from workflows.gateways import gateway_names
from workflows.tables import BadTable, Table, UnknownTable, read_table

#: The text of a timer that counts its own number of working days.
COUNTED = re.compile(r"working_days\(\s*([0-9]+)\s*\)")
#: The part of a condition that reads the outcome of a task.
OUTCOME = re.compile(r'outcome\(\s*"([a-z_]+)"\s*\)')


@dataclass(frozen=True)
class UserTask:
    """A user task as drawn: `lane` is the lane's name, `process` the id of its process."""

    id: str
    name: str
    lane: str
    process: str
    file: str


def read_folder(path: Path) -> dict[str, str]:
    """Return file name -> text of every .bpmn and .dmn file in the folder, by name.

    Each text has every byte of its file, also a BOM and the ends of its lines. Raises
    InvalidDiagram for a file that cannot be read or is not UTF-8.
    """
    texts = {}
    for file in sorted(p for p in path.iterdir() if p.suffix in (".bpmn", ".dmn")):
        try:
            texts[file.name] = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidDiagram([Fault(file.name, "", as_sentence(error))]) from None
    return texts


def write_folder(texts: Mapping[str, str], path: Path) -> int:
    """Write the files of a version into a folder that is new or empty, byte for byte.

    Return their number. Raises OSError, also for a folder with anything in it.
    """
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise FileExistsError(None, "the folder is not empty", str(path))
    for name, text in texts.items():
        if PurePath(name).name != name:
            raise OSError(f"{name} is no plain name of a file")
        (path / name).write_bytes(text.encode("utf-8"))
    return len(texts)


_parsed: dict[str, "Definition"] = {}


class Definition:
    """One version: its texts, their hash, what they require of the code. Read-only and shared."""

    def __init__(
        self,
        texts: Mapping[str, str],
        drawings: list[Drawing],
        tables: Mapping[str, Table],
        specs: Specs,
    ) -> None:
        self.texts: Mapping[str, str] = MappingProxyType(dict(texts))
        self.hash = hash_of(texts)
        self.drawings = tuple(drawings)
        self.specs = specs
        self._tables = tables

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> "Definition":
        """Return the definition of these texts (file name -> text), parsed once per process.

        Raises InvalidDiagram if a text is not XML or SpiffWorkflow cannot read it. `findings_of`
        decides whether the texts may be *deployed*.
        """
        key = hash_of(texts)
        if key not in _parsed:
            _parsed[key] = cls._parse(texts)
        return _parsed[key]

    @classmethod
    def _parse(cls, texts: Mapping[str, str]) -> "Definition":
        faults: list[Fault] = []
        drawings: list[Drawing] = []
        tables: dict[str, Table] = {}
        for file, text in texts.items():
            try:
                if file.endswith(".dmn"):
                    tables[file.removesuffix(".dmn")] = read_table(read_xml(text))
                else:
                    drawings.append(read_drawing(file, read_xml(text)))
            except (NotXml, BadTable) as error:
                faults.append(Fault(file, "", as_sentence(error)))
        if faults:
            raise InvalidDiagram(faults)
        try:
            specs = parse_specs({drawing.file: drawing.root for drawing in drawings})
        except NotRunnable as error:
            raise InvalidDiagram([Fault(error.file, "", as_sentence(error))]) from error
        return cls(texts, drawings, tables, specs)

    def table(self, name: str) -> Table:
        """Return the decision table in the file `name`.dmn. Raises UnknownTable."""
        try:
            return self._tables[name]
        except KeyError:
            raise UnknownTable(name) from None

    @cached_property
    def user_tasks(self) -> Mapping[str, UserTask]:
        """Id -> user task, across all files."""
        nodes = (n for d in self.drawings for n in d.nodes if n.kind == "userTask")
        return {n.id: UserTask(n.id, n.name, n.lane, n.process, n.file) for n in nodes}

    @cached_property
    def service_tasks(self) -> Mapping[str, str]:
        """Id -> name, across all files."""
        return {n.id: n.name for d in self.drawings for n in d.nodes if n.kind == "serviceTask"}

    @cached_property
    def processes(self) -> Mapping[str, str]:
        """Process id -> name."""
        return {key: name for d in self.drawings for key, name in d.processes.items()}

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """The processes that onboarding calls, in the order of its flow."""
        return called_along_the_flow(self.drawings)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {n.id: n.name for d in self.drawings for n in d.nodes}

    def element_name(self, element: str) -> str:
        """Return the name of a task, event, gateway or process as drawn; its id if unnamed."""
        return self._names.get(element) or self.processes.get(element) or element

    @cached_property
    def gateway_names(self) -> Mapping[str, str]:
        """Id → words (Spanish) for the gateways without a name: see `workflows.gateways`."""
        nodes = (node for drawing in self.drawings for node in drawing.nodes)
        return gateway_names(nodes, (flow for drawing in self.drawings for flow in drawing.flows))

    def process_of(self, element: str) -> str:
        """Return the id of the process in which the element is drawn. Raises KeyError."""
        return self._processes[element]

    @cached_property
    def _processes(self) -> Mapping[str, str]:
        return {n.id: n.process for d in self.drawings for n in d.nodes}

    @cached_property
    def counting_timers(self) -> Mapping[str, int]:
        """Timers that count working days from the moment they are reached: id -> number of days."""
        counted = {n.id: COUNTED.fullmatch(n.timer or "") for d in self.drawings for n in d.nodes}
        return {key: int(found[1]) for key, found in counted.items() if found}

    @cached_property
    def hosts(self) -> Mapping[str, str]:
        """Boundary events: id -> id of the activity that they are attached to."""
        return {n.id: n.attached_to for d in self.drawings for n in d.nodes if n.attached_to}

    @cached_property
    def stops(self) -> frozenset[str]:
        """The ids of all elements other than gateways."""
        nodes = (n for d in self.drawings for n in d.nodes)
        return frozenset(n.id for n in nodes if not n.kind.endswith("Gateway"))

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The ids of the tasks whose outcome decides which way the process goes on."""
        conditions = (flow.condition or "" for drawing in self.drawings for flow in drawing.flows)
        return frozenset(key for text in conditions for key in OUTCOME.findall(text))

    @cached_property
    def elements(self) -> frozenset[str]:
        """The ids of all tasks, events, gateways and sub-processes."""
        return frozenset(self._names)


def hash_of(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of the texts with their names, in hex; their order does not matter."""
    digest = hashlib.sha256()
    for file in sorted(texts):
        for part in (file, texts[file]):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def findings_of(texts: Mapping[str, str], contract: Contract, *, live: bool = False) -> Findings:
    """Return what `zaguan check` finds in these texts.

    `live`: an older deployment with cases, which the newest code still has to serve. It passes the
    checks that are newer than it.
    """
    from workflows.faults import find

    return find(texts, contract, live=live)
