"""What may be added to a PDF after a signature: further signatures, and their proofs.

pyHanko, like ISO 32000-2 (12.8.2.2), also lets a reader fill in fields. A filled field shows what
its appearance says, at any place of a page: here that is a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    DiffPolicy,
    DiffResult,
    FormUpdatingRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from app.cases.papers.preflight.foreign import structure
from app.cases.papers.preflight.foreign.structure import TooMuch as TooMuch


class _NewFields(SigFieldCreationRule):
    """Refuses a field for a signature that shows something before it is signed."""

    def apply(self, context: Any) -> Iterable[Any]:
        for name, spec in context.field_specs.items():
            if spec.old_field_ref is None and _shows(spec.new_field):
                raise SuspiciousModification(f"the new field {name} shows something")
        yield from super().apply(context)


def _shows(field: Any) -> bool:
    """Return whether an empty field has an appearance, its own or that of its boxes."""
    if field is None or "/V" in field:
        return False
    boxes = [kid.get_object() for kid in field["/Kids"]] if "/Kids" in field else [field]
    looks = [one["/AP"]["/N"] for one in boxes if "/AP" in one and "/N" in one["/AP"]]
    return any(not isinstance(look, generic.StreamObject) or look.data for look in looks)


@dataclass(frozen=True)
class _OfIssued(DiffPolicy):
    """Compares the file with its first bytes, up to the end of the signed state.

    The rules of pyHanko read every tag of every state: half a minute for a paper of 73 pages.
    `further`: names of the fields that were signed later.
    """

    content: bytes
    size: int
    further: Sequence[str]

    def apply(self, *_: Any, **__: Any) -> DiffResult:
        raise NotImplementedError

    def review_file(
        self, reader: Any, base_revision: Any, field_mdp_spec: Any = None, doc_mdp: Any = None
    ) -> DiffResult | SuspiciousModification:
        if structure.compare(self.content, self.size) != (True, 0):
            return SuspiciousModification("a page or field was changed")
        if field_mdp_spec and any(map(field_mdp_spec.is_locked, self.further)):
            return SuspiciousModification("a locked field was signed")
        proofs, signing = ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING
        return DiffResult(signing if self.further else proofs, set(self.further))


_RULES: Sequence[Any] = (_NewFields, SigFieldModificationRule)
_OF_OTHERS = StandardDiffPolicy(
    DEFAULT_DIFF_POLICY.global_rules, FormUpdatingRule([rule() for rule in _RULES])
)


def policy(
    content: bytes,
    one: EmbeddedPdfSignature,
    further: Sequence[EmbeddedPdfSignature],
    *,
    is_issued: bool,
) -> DiffPolicy:
    """Return what decides whether a signed file was changed after a signature.

    `further`: the signatures after it. `is_issued`: the file begins with a paper that was issued
    here. The policy of such a file may raise TooMuch.
    """
    if not is_issued:
        return _OF_OTHERS
    end = int(one.byte_range[-2]) + int(one.byte_range[-1])
    return _OfIssued(content, end, [other.fq_name for other in further])
