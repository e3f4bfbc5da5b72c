"""Versions of the diagrams and tables.

`contract`: what the code offers to them, and the check; `named`: the elements that the code names;
`deploying`: putting them into force.
"""

from app.cases.processes.versions.contract import check as check
from app.cases.processes.versions.contract import check_live as check_live
from app.cases.processes.versions.deploying import deploy as deploy
