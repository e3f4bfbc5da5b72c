"""The status of a case: as text, and as a list of tasks with computed states.

`read` reads what the projections hold about cases, in a few statements for any number of them;
`sentences` makes the text that pages and mails show, `stages` the list of stages and steps;
`versions` names what earlier versions of the diagrams drew.
`workflows.step_texts` gives the texts of the diagrams. Nothing here loads an instance.
"""

from app.cases.status.ahead import after as after
from app.cases.status.facts import Facts as Facts
from app.cases.status.facts import read as read
from app.cases.status.facts import read_entities as read_entities
from app.cases.status.facts import say_where as say_where
from app.cases.status.sentences import AWAITED as AWAITED
from app.cases.status.sentences import PROCESS_NAMES as PROCESS_NAMES
from app.cases.status.sentences import of_entity as of_entity
from app.cases.status.sentences import of_wait as of_wait
from app.cases.status.sentences import text as text
from app.cases.status.stages import StageLine as StageLine
from app.cases.status.stages import StepLine as StepLine
from app.cases.status.stages import side_lines as side_lines
from app.cases.status.stages import stages as stages
from app.cases.status.stages import steps_in as steps_in
from app.cases.status.stages import whole as whole
from app.cases.status.states import LOUDEST as LOUDEST
from app.cases.status.states import REVIEWS as REVIEWS
from app.cases.status.states import due as due
from app.cases.status.states import is_to_be_notified as is_to_be_notified
from app.cases.status.states import loudest as loudest
from app.cases.status.states import state_of as state_of
