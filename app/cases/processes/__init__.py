"""Running the processes: the only code that loads and saves instances.

Functions here flush at most; views, commands and the worker commit. `acts`: acts of people;
`case_admin`: acts of coordinators on an instance (suspend, send back, validate …); `dictation`:
answers that they enter on behalf of an entity; `extensions`: requests for more time and their
decisions; `notification`: the start of legal terms; `assigning`: who has a task;
`clockwork`: what is due by time; `cycles`: the repeated cycles of upkeep; `sessions`: the effects
of a session that moves; `seating`: seats that are given and waited for; `recalculation`:
the effects of a change of the calendar; `incidents`: failures; `versions`: versions of the
diagrams (its functions are called through it).
"""

from app.base.definitions import NothingDeployed as NothingDeployed
from app.base.definitions import definition_of as definition_of
from app.base.definitions import in_force as in_force
from app.cases.processes.act import keep_lock as keep_lock
from app.cases.processes.acts import AlreadyRunning as AlreadyRunning
from app.cases.processes.acts import NotStartable as NotStartable
from app.cases.processes.acts import TaskTaken as TaskTaken
from app.cases.processes.acts import TermLapsed as TermLapsed
from app.cases.processes.acts import can_start as can_start
from app.cases.processes.acts import complete as complete
from app.cases.processes.acts import start as start
from app.cases.processes.assigning import give as give
from app.cases.processes.case_admin import Refused as Refused
from app.cases.processes.case_admin import acknowledge as acknowledge
from app.cases.processes.case_admin import annul_certificate as annul_certificate
from app.cases.processes.case_admin import cancel as cancel
from app.cases.processes.case_admin import extend as extend
from app.cases.processes.case_admin import notified_on_paper as notified_on_paper
from app.cases.processes.case_admin import renew_term as renew_term
from app.cases.processes.case_admin import resume as resume
from app.cases.processes.case_admin import retry as retry
from app.cases.processes.case_admin import send_back as send_back
from app.cases.processes.case_admin import suspend as suspend
from app.cases.processes.case_admin import validate_stage as validate_stage
from app.cases.processes.case_admin import ways_back as ways_back
from app.cases.processes.clockwork import rest as rest
from app.cases.processes.clockwork import tick as tick
from app.cases.processes.clockwork import wake as wake
from app.cases.processes.returns.seating import LISTED as LISTED
from app.cases.processes.returns.seating import SEATED as SEATED
from app.cases.processes.returns.seating import enrol as enrol
from app.cases.processes.returns.seating import give_seat as give_seat
from app.cases.processes.returns.seating import join_list as join_list
from app.cases.processes.returns.seating import leave_list as leave_list
from app.cases.processes.returns.seating import move_seat as move_seat
from app.cases.processes.returns.sessions import hold_session as hold_session
from app.cases.processes.returns.sessions import refresh_invitations as refresh_invitations
from app.cases.processes.returns.sessions import session_cancelled as session_cancelled
from app.cases.processes.returns.sessions import session_moved as session_moved
from app.cases.processes.terms.calendar_changes import Change as Change
from app.cases.processes.terms.calendar_changes import Moved as Moved
from app.cases.processes.terms.cycles import begin_missing_cycles as begin_missing_cycles
from app.cases.processes.terms.recalculation import change_calendar as change_calendar
from app.cases.processes.terms.recalculation import would_move as would_move
from app.cases.processes.versions import check as check
from app.cases.processes.versions import check_live as check_live
from app.cases.processes.versions import deploy as deploy
from workflows.instance import TooDeep as TooDeep
