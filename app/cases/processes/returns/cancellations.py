"""Four eyes for a cancellation: one coordinator proposes it, another one confirms it.

Where the setting `ZAGUAN_CANCEL_NEEDS_TWO` says so. Until then nothing changes in the process.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.base.models import Proposal
from app.cases.processes.act import Act
from app.cases.processes.case_admin import Refused, cancel
from app.cases.status import PROCESS_NAMES
from app.people import proposals


def propose(session: Session, instance_id: int, reason: str, actor_id: int) -> Proposal:
    """Propose to cancel a process. Raise Refused."""
    act = Act.hold(session, instance_id, actor_id)
    if act.row.ended_at:
        raise Refused("El proceso ya terminó.")
    return proposals.propose(
        session,
        "cancellation",
        str(instance_id),
        actor_id=actor_id,
        what=f"anular el proceso «{PROCESS_NAMES[act.row.process]}»",
        reason=reason,
        entity_id=act.row.entity_id,
        instance_id=instance_id,
    )


def confirm(session: Session, proposal_id: int, actor_id: int) -> None:
    """Cancel the process as another coordinator proposed. Raise Refused, also for that one."""
    proposal = session.get_one(Proposal, proposal_id)
    Act.hold(session, int(proposal.key), actor_id)  # the case first, as every act on it
    proposals.confirm(session, proposal_id, actor_id)
    cancel(session, int(proposal.key), proposal.reason, actor_id, proposer=proposal.by.full_name)
