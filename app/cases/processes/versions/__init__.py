"""Versions of the diagrams and tables.

`contract`: what the code offers to them, and the check; `named`: the elements that the code names;
`storing`: versions that are stored and offered; `deploying`: putting them into force by a command
or a release; `proposing`: the same from a page, by one person or by two; `archives`: versions as
files, in and out.
"""

from app.cases.processes.versions import deploying as deploying
from app.cases.processes.versions.archives import BadFiles as BadFiles
from app.cases.processes.versions.archives import read_files as read_files
from app.cases.processes.versions.archives import write_archive as write_archive
from app.cases.processes.versions.contract import check as check
from app.cases.processes.versions.contract import check_live as check_live
from app.cases.processes.versions.deploying import deploy as deploy
from app.cases.processes.versions.deploying import replaces as replaces
from app.cases.processes.versions.deploying import take_from_code as take_from_code
from app.cases.processes.versions.proposing import Replaced as Replaced
from app.cases.processes.versions.proposing import confirm as confirm
from app.cases.processes.versions.proposing import grounds as grounds
from app.cases.processes.versions.proposing import grounds_of as grounds_of
from app.cases.processes.versions.proposing import needs_two as needs_two
from app.cases.processes.versions.proposing import propose as propose
from app.cases.processes.versions.proposing import put_into_force as put_into_force
from app.cases.processes.versions.proposing import waiting as waiting
from app.cases.processes.versions.storing import Checked as Checked
from app.cases.processes.versions.storing import came_with_code as came_with_code
from app.cases.processes.versions.storing import checked as checked
from app.cases.processes.versions.storing import name_of as name_of
from app.cases.processes.versions.storing import offer as offer
