"""The signatures of a PDF, as pyHanko judges them (PAdES), without any network.

A signature is `valid` only if pyHanko's `bottom_line` says so: intact, signed by a certificate that
is trusted and not revoked, and nothing but further signatures added later. The moment of judgement
is that of a trusted time stamp, or now. Document time stamps move it back, the newest first.
"""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto.crl import CertificateList
from asn1crypto.ocsp import OCSPResponse
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffPolicy
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.status import (
    PdfSignatureStatus,
    SignatureCoverageLevel,
    SignatureStatus,
    TimestampSignatureStatus,
)
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator import errors as certificate_errors

from app.cases.papers.preflight.facts import Reason, Signature, Word
from app.cases.papers.preflight.foreign import later, places, signers
from app.cases.papers.preflight.foreign.trust import Embedded, Trust

#: Signatures of a file that are judged, and characters of the name of a field.
MOST, LONGEST_FIELD = 30, 100
#: What foreign bytes can raise in pyHanko and asn1crypto.
FAULTS = (
    *(PdfError, SignatureValidationError, ValueError, TypeError, KeyError, IndexError),
    *(AttributeError, AssertionError, NotImplementedError, OverflowError, LookupError),
    *(struct.error, zlib.error, RecursionError, OSError),
)
#: Reasons for which a signature is undetermined; any other makes it invalid.
OUTSIDE = frozenset(
    {"unknown_root", "no_revocation_data", "unknown_time_stamp", "weak_algorithm", "unread"}
)
#: Why a chain of certificates is not trusted, by the exception of the validator.
CHAIN: Sequence[tuple[type[Exception], Reason]] = (
    (certificate_errors.PathBuildingError, "unknown_root"),
    (certificate_errors.RevokedError, "revoked"),
    (certificate_errors.ExpiredError, "expired"),
    (certificate_errors.NotYetValidError, "not_yet_valid"),
    (certificate_errors.InsufficientRevinfoError, "no_revocation_data"),
    (certificate_errors.InsufficientPOEError, "no_revocation_data"),
    (certificate_errors.DisallowedAlgorithmError, "weak_algorithm"),
    (certificate_errors.InvalidCertificateError, "not_for_signing"),
    (certificate_errors.ValidationError, "bad_chain"),
)


@dataclass(frozen=True)
class Moment:
    """From a revision of the file on, a trusted time stamp proves this time."""

    revision: int
    time: datetime


def read(
    content: bytes, trust: Trust, now: datetime, *, is_issued: bool = False
) -> list[Signature]:
    """Return the signatures of a PDF, the oldest first.

    `is_issued`: it begins with a paper that was issued here (`later.policy`).
    """
    try:
        return asyncio.run(_read(content, trust, now, is_issued))
    except FAULTS:
        return [unread("unreadable")]


def unread(reason: Reason = "unread") -> Signature:
    """Return a signature that could not be read."""
    return _facts(reasons=[reason])


async def _read(content: bytes, trust: Trust, now: datetime, is_issued: bool) -> list[Signature]:
    reader = PdfFileReader(io.BytesIO(content), strict=False)
    filled = list(enumerate_sig_fields(reader, filled_status=True))
    embedded = _embedded(reader)
    found, broken = _opened(reader, filled)
    stamps = [one for one in found if one.sig_object_type == "/DocTimeStamp"]
    moments = await _moments(stamps, trust, embedded, now)
    signed = [one for one in found if one.sig_object_type != "/DocTimeStamp"]
    judged = []
    for number, one in enumerate(signed):
        policy = later.policy(content, one, signed[number + 1 :], is_issued=is_issued)
        proved = [moment.time for moment in moments if moment.revision > one.signed_revision]
        judged.append(await _judged(one, trust, embedded, min([now, *proved]), policy))
    return judged + broken


def _opened(
    reader: PdfFileReader, filled: Sequence[tuple[str, Any, Any]]
) -> tuple[list[EmbeddedPdfSignature], list[Signature]]:
    """Return the signatures in the order of their revisions, and those that cannot be parsed."""
    found, broken = [], []
    for name, _, field in filled[:MOST]:
        try:
            one = EmbeddedPdfSignature(reader, field, name)
            one.signer_cert.subject.hashable  # noqa: B018 - parsed lazily
            found.append(one)
        except FAULTS:
            broken.append(_facts(field=name, reasons=["unreadable"]))
    if len(filled) > MOST:
        broken.append(unread())
    return sorted(found, key=lambda one: one.signed_revision), broken


def _embedded(reader: PdfFileReader) -> Embedded:
    """Return the certificates and revocation data of the whole file; nothing if it is broken."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
        found = Embedded(
            certificates=list(store.load_certs()),
            crls=[CertificateList.load(one.get_object().data) for one in store.crls],
            ocsps=[OCSPResponse.load(one.get_object().data) for one in store.ocsps],
        )
        for certificate in found.certificates:
            certificate.subject.hashable  # noqa: B018 - parsed lazily
        for revoked in found.crls:
            revoked.issuer.hashable  # noqa: B018
    except FAULTS:
        return Embedded()
    return found


async def _moments(
    stamps: Sequence[EmbeddedPdfSignature], trust: Trust, embedded: Embedded, now: datetime
) -> list[Moment]:
    """Return what the document time stamps prove. Each is judged at the time of the next one."""
    found: list[Moment] = []
    for one in reversed(stamps):
        try:
            context = trust.context(found[-1].time if found else now, embedded, stamps=True)
            status = await async_validate_pdf_timestamp(one, context, skip_diff=True)
        except FAULTS:
            break
        whole = (status.coverage or SignatureCoverageLevel.UNCLEAR) >= (
            SignatureCoverageLevel.ENTIRE_REVISION
        )
        if not (status.intact and status.valid and status.trusted and whole):
            break
        found.append(Moment(one.signed_revision, status.timestamp))
    return found


async def _judged(
    one: EmbeddedPdfSignature,
    trust: Trust,
    embedded: Embedded,
    control: datetime,
    policy: DiffPolicy,
) -> Signature:
    """Return a signature with its word, as of the time that is proved."""
    try:
        stamp_context = trust.context(control, embedded, stamps=True)
        stamp = await _stamp(one, stamp_context)
        stamped = stamp is not None and _is_good(stamp)
        moment = min(control, stamp.timestamp) if stamp is not None and stamped else control
        context = trust.context(moment, embedded)
        status = await async_validate_pdf_signature(one, context, stamp_context, diff_policy=policy)
        reasons = await _reasons(status, stamp, context, stamp_context)
    except later.TooMuch:
        return _facts(field=one.fq_name, reasons=["unread"], certificate=one.signer_cert)
    except FAULTS:
        return _facts(field=one.fq_name, reasons=["unreadable"], certificate=one.signer_cert)
    claimed = status.signer_reported_dt
    page, box = places.place_of(one)
    return _facts(
        field=one.fq_name,
        certificate=one.signer_cert,
        reasons=reasons,
        word=_word(status, reasons),
        signed_at=_iso(stamp.timestamp if stamp is not None and stamped else claimed),
        stamped=stamped,
        covers_whole=(status.coverage or SignatureCoverageLevel.UNCLEAR)
        >= SignatureCoverageLevel.ENTIRE_REVISION,
        changed_after="changed_after" in reasons,
        page=page,
        box=box,
    )


async def _stamp(
    one: EmbeddedPdfSignature, context: ValidationContext
) -> TimestampSignatureStatus | None:
    """Return the first trusted time stamp of a signature, or the last one; None if none."""
    status = None
    for token in generic_cms.extract_tst_data_iter(one.signer_info, signed=False):
        found = await generic_cms.validate_tst_signed_data(
            token, context, generic_cms.message_imprint_checker(one.signer_info)
        )
        status = TimestampSignatureStatus(**found)
        if _is_good(status):
            break
    return status


def _is_good(status: SignatureStatus) -> bool:
    return status.intact and status.valid and status.trusted


async def _reasons(
    status: PdfSignatureStatus,
    stamp: TimestampSignatureStatus | None,
    context: ValidationContext,
    stamp_context: ValidationContext,
) -> list[Reason]:
    """Return why a signature is not valid; nothing if pyHanko's bottom line is good."""
    if status.bottom_line:
        return []
    reasons: list[Reason] = []
    if not (status.intact and status.valid):
        reasons.append("broken")
    if status.coverage is None or status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        reasons.append("not_whole")
    elif status.docmdp_ok is False:
        reasons.append("changed_after")
    if status.trust_problem_indic is not None:
        reasons.append(await _why(status.signing_cert, context))
    if stamp is not None and not _is_good(stamp):
        is_unknown = stamp.intact and stamp.valid
        reasons.append("unknown_time_stamp" if is_unknown else "broken_time_stamp")
    if reasons == ["expired"] and stamp is None and _was_current(status):
        reasons.append("no_time_stamp")
    return reasons or ["against_rules"]


async def _why(certificate: Any, context: ValidationContext) -> Reason:
    """Return why a certificate is not trusted."""
    if certificate.self_signed != "no":  # the validator calls it invalid
        return "unknown_root"
    validator: Any = CertificateValidator(certificate, validation_context=context)
    try:
        await validator.async_validate_usage({"non_repudiation"})
    except tuple(kind for kind, _ in CHAIN) as fault:
        return next(reason for kind, reason in CHAIN if isinstance(fault, kind))
    return "weak_algorithm"  # the chain is good, and the signature's own algorithm is not


def _was_current(status: PdfSignatureStatus) -> bool:
    """Return whether the certificate was current at the time that the signature claims."""
    validity = status.signing_cert["tbs_certificate"]["validity"].native
    claimed = status.signer_reported_dt
    return claimed is not None and validity["not_before"] <= claimed <= validity["not_after"]


def _word(status: PdfSignatureStatus, reasons: Sequence[Reason]) -> Word:
    if status.bottom_line:
        return "valid"
    if list(reasons) == ["expired", "no_time_stamp"] or OUTSIDE.issuperset(reasons):
        return "undetermined"
    return "invalid"


def _iso(moment: datetime | None) -> str:
    try:
        return moment.astimezone(UTC).isoformat() if moment else ""
    except (ValueError, OverflowError):
        return ""


def _facts(
    *,
    reasons: list[Reason],
    field: str = "",
    certificate: Any = None,
    word: Word | None = None,
    **more: Any,
) -> Signature:
    who = signers.Signer() if certificate is None else signers.signer_of(certificate)
    facts: Signature = {
        "field": signers.clean(field, LONGEST_FIELD),
        "name": who.name,
        "document": who.document,
        "ruc": who.ruc,
        "reasons": reasons,
        "word": word or ("undetermined" if OUTSIDE.issuperset(reasons) else "invalid"),
        "signed_at": "",
        "stamped": False,
        "covers_whole": False,
        "changed_after": False,
        "page": 0,
        "box": [],
    }
    facts.update(more)  # type: ignore[typeddict-item]
    return facts
