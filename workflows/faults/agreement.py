"""Check that the files agree with each other and with the code."""

from collections import Counter
from collections.abc import Iterator

from workflows.contract import Fault
from workflows.drawing import BPMN, reached
from workflows.faults.conditions import MOST_DAYS
from workflows.faults.plan import Plan
from workflows.tables import Table

DEADLINES = "deadlines"

#: The words that the application understands in a column of a table; others would have no effect.
WORDS = {
    (DEADLINES, "counted_from"): {"arrival", "notification", "reception", "session", "go_live"},
    (DEADLINES, "kind"): {"legal", "práctica"},
    ("reminders", "mail"): {"task_arrived", "task_due_soon", "task_due_today", "task_late"},
    ("reminders", "recipients"): {"lane", "alternate", "authority", "coordinator"},
}


def check_agreement(plan: Plan) -> Iterator[Fault]:
    """Report where the files contradict each other, the code or the deadlines."""
    for check in (
        _ids,
        _user_tasks,
        _service_tasks,
        _lanes,
        _calls,
        _messages,
        _ends,
        _deadlines,
        _words,
    ):
        yield from check(plan)


def _ids(plan: Plan) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for drawing in plan.drawings:
        for element in drawing.root.iter(f"{{{BPMN}}}*"):
            key = element.get("id")
            if key and (file := seen.setdefault(key, drawing.file)) != drawing.file:
                yield Fault(drawing.file, key, f"The id is used in {file} already.")


def _user_tasks(plan: Plan) -> Iterator[Fault]:
    for node in plan.user_tasks.values():
        if node.id not in plan.contract.steps:
            yield Fault(node.file, node.id, f"There is no folder forms/{node.id}/ for it.")
        if not node.lane:
            yield Fault(node.file, node.id, "It is in no lane.")
        if not node.name:
            yield Fault(node.file, node.id, "It has no name.")


def _service_tasks(plan: Plan) -> Iterator[Fault]:
    for node in plan.nodes:
        if node.kind == "serviceTask" and node.id not in plan.contract.service_tasks:
            yield Fault(node.file, node.id, "There is no function of that name for it.")


def _lanes(plan: Plan) -> Iterator[Fault]:
    for drawing in plan.drawings:
        placed: Counter[str] = Counter()
        for lane in drawing.root.iter(f"{{{BPMN}}}lane"):
            name = lane.get("name") or ""
            if name not in plan.contract.lanes:
                sentence = f"The lane “{name}” is no role."
                yield Fault(drawing.file, lane.get("id") or "", sentence)
            refs = lane.iterfind(f"{{{BPMN}}}flowNodeRef")
            placed.update({(ref.text or "").strip() for ref in refs})
        for key, times in placed.items():
            if times > 1:
                yield Fault(drawing.file, key, f"It is in {times} lanes.")


def _calls(plan: Plan) -> Iterator[Fault]:
    calls: dict[str, set[str]] = {}
    for node in plan.nodes:
        if node.kind != "callActivity":
            continue
        if node.called not in plan.processes:
            yield Fault(node.file, node.id, f"It calls “{node.called}”, which is no process.")
        calls.setdefault(node.process, set()).add(node.called)
    for process, called in calls.items():
        if process in reached(called, lambda key: calls.get(key, ())):
            yield Fault(plan.processes[process], process, "The process calls itself.")


def _messages(plan: Plan) -> Iterator[Fault]:
    called = {node.called for node in plan.nodes if node.kind == "callActivity"}
    names = {key: name for d in plan.drawings for key, name in d.messages.items()}
    hosts = {node.id: node for node in plan.nodes}
    for node in plan.nodes:
        if "message" not in node.events or node.attached_to not in hosts:
            continue
        wanted = f"{hosts[node.attached_to].called}_validated"
        if names.get(node.message) != wanted:
            yield Fault(node.file, node.id, f"Its message must have the name “{wanted}”.")
        if node.process in called:
            sentence = "A message does not reach a process that another one calls."
            yield Fault(node.file, node.id, sentence)


def _ends(plan: Plan) -> Iterator[Fault]:
    aside = {node.process for node in plan.nodes if node.is_event_sub_process}
    for node in plan.nodes:
        if node.kind != "endEvent" or "terminate" in node.events or node.container != node.process:
            continue
        if node.process in plan.stages:
            yield Fault(node.file, node.id, "The end of a stage must be a terminate end.")
        elif node.process in aside:
            sentence = "In a process with an event sub-process, an end must be a terminate end."
            yield Fault(node.file, node.id, sentence)


def _deadlines(plan: Plan) -> Iterator[Fault]:
    file = f"{DEADLINES}.dmn"
    table = plan.tables.get(DEADLINES)
    if table is None:
        if plan.user_tasks:
            yield Fault(file, "", "The deadlines of the steps are missing.")
        return
    if "step" not in table.inputs or "days" not in table.outputs:
        yield Fault(file, table.id, "It must go from “step” to “days”.")
        return
    yield from _rows(plan, table)


def _rows(plan: Plan, table: Table) -> Iterator[Fault]:
    file = f"{DEADLINES}.dmn"
    rows = Counter(str(row["step"]) for row in table.rows())
    for step, times in rows.items():
        if step not in plan.user_tasks and step not in plan.contract.terms:
            yield Fault(file, step, "The row is of no user task.")
        if times > 1:
            yield Fault(file, step, f"There are {times} rows of it.")
    for row in table.rows():
        if type(row["days"]) is not int or not 1 <= row["days"] <= MOST_DAYS:
            sentence = f"The days must be a whole number from 1 to {MOST_DAYS}."
            yield Fault(file, str(row["step"]), sentence)
    for node in plan.user_tasks.values():
        if node.id not in rows:
            yield Fault(node.file, node.id, f"It has no row in {file}.")
    for term in plan.contract.terms - rows.keys():
        yield Fault(file, term, f"It has no row in {file}.")


def _words(plan: Plan) -> Iterator[Fault]:
    for (name, column), known in WORDS.items():
        table = plan.tables.get(name)
        if table is None or column not in table.outputs:
            continue
        for number, row in enumerate(table.rows(), 1):
            for word in str(row[column]).split():
                if word not in known:
                    where = str(row.get("step") or f"row {number}")
                    sentence = f"“{word}” is no {column}: it takes {', '.join(sorted(known))}."
                    yield Fault(f"{name}.dmn", where, sentence)
