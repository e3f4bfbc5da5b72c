"""Running the processes: the only code that loads and saves instances.

Functions here flush at most; views, commands and the worker commit. `acts`: acts of people;
`case_admin`: acts of coordinators on an instance (suspend, send back, validate …); `dictation`:
answers that they enter on behalf of an entity; `extensions`: requests for more time and their
decisions; `notification`: the start of legal terms; `receipts`: the links that confirm a notice;
`clockwork`: what is due by time; `cycles`: the repeated cycles of upkeep; `sessions`: the effects
of a session that moves; `recalculation`: the effects of a change of the calendar; `incidents`:
failures; `deployments`: versions of the diagrams.
"""

from app.base.definitions import NothingDeployed, definition_of, in_force
from app.cases.processes.act import NoSuchInstance
from app.cases.processes.acts import (
    AlreadyRunning,
    NotStartable,
    TaskTaken,
    TermLapsed,
    can_start,
    complete,
    start,
)
from app.cases.processes.case_admin import (
    Refused,
    acknowledge,
    cancel,
    extend,
    notified_on_paper,
    resume,
    retry,
    send_back,
    suspend,
    validate_stage,
    ways_back,
)
from app.cases.processes.clockwork import rest, tick, wake
from app.cases.processes.cycles import begin_missing as begin_missing_cycles
from app.cases.processes.deployments import check, check_live, deploy
from app.cases.processes.sessions import refresh_invitations, session_cancelled, session_moved
from app.cases.processes.terms.calendar_changes import Change, Moved
from app.cases.processes.terms.recalculation import change_calendar, would_move
from workflows.instance import TooDeep

__all__ = [
    "AlreadyRunning",
    "Change",
    "Moved",
    "NoSuchInstance",
    "NotStartable",
    "NothingDeployed",
    "Refused",
    "TaskTaken",
    "TermLapsed",
    "TooDeep",
    "acknowledge",
    "begin_missing_cycles",
    "can_start",
    "cancel",
    "change_calendar",
    "check",
    "check_live",
    "complete",
    "definition_of",
    "deploy",
    "extend",
    "in_force",
    "notified_on_paper",
    "refresh_invitations",
    "rest",
    "resume",
    "retry",
    "send_back",
    "session_cancelled",
    "session_moved",
    "start",
    "suspend",
    "tick",
    "validate_stage",
    "wake",
    "ways_back",
    "would_move",
]
