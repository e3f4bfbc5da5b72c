"""Running cases that move to another version of the diagrams.

`judging`: whether a case can move, and what changes for it; `terms`, `dates`: its terms and
timers; `needs`: what a place needs at which it continues; `moving`: one case moves; `returning`:
and returns within a day; `rehearsals`: all live cases, judged first and then moved in batches.
"""

from app.cases.processes.migrating.judging import CaseChange as CaseChange
from app.cases.processes.migrating.judging import CaseVerdict as CaseVerdict
from app.cases.processes.migrating.judging import Gone as Gone
from app.cases.processes.migrating.judging import Known as Known
from app.cases.processes.migrating.judging import judge_case as judge_case
from app.cases.processes.migrating.judging import judge_cases as judge_cases
from app.cases.processes.migrating.judging import read_known as read_known
from app.cases.processes.migrating.moving import NotMoved as NotMoved
from app.cases.processes.migrating.moving import move_case as move_case
from app.cases.processes.migrating.returning import NotReturnable as NotReturnable
from app.cases.processes.migrating.returning import take_back as take_back
