"""What signatures are checked against: roots, the State's list of trust, and revocation lists.

All of it comes from files of the installation. Nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import crl, pem, x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import load_der_x509_certificate, load_der_x509_crl
from pyhanko_certvalidator import ValidationContext

from app.cases.papers.preflight.foreign import trust_list
from app.cases.papers.preflight.foreign.trust_list import TrustList

#: Files of a folder that are read, and bytes of a certificate and of a revocation list.
MOST_FILES, LARGEST_ROOT, LARGEST_LIST = 500, 1 << 16, 20 << 20
CERTIFICATES = frozenset({".pem", ".crt", ".cer", ".der"})
REVOCATION_LISTS = frozenset({".crl", ".pem", ".der"})


@dataclass
class Trust:
    """The certificates that are trusted, and the revocation lists that are cached.

    A certificate of the folder that is no authority is trusted for one thing: it may sign the list.
    """

    roots: list[Any] = field(default_factory=list)
    pinned: list[Any] = field(default_factory=list)
    crls: list[Any] = field(default_factory=list)
    listed: TrustList = field(default_factory=TrustList)
    #: Signature of a revocation list and its supposed issuer → whether it issued it.
    _issued: dict[tuple[bytes, bytes], bool] = field(default_factory=dict)

    def context(
        self,
        moment: datetime,
        embedded: Embedded,
        *,
        stamps: bool = False,
    ) -> ValidationContext:
        """Return what pyHanko validates a chain against, as of a moment.

        `stamps`: of time stamps, whose authorities the list names separately. Signers need
        revocation data; a stamp of an authority without current data is taken.
        """
        anchors = [*self.roots, *self.listed.authorities]
        anchors += self.listed.stampers if stamps else []
        crls, ocsps = [*embedded.crls, *self.crls], embedded.ocsps
        if stamps:
            crls = [one for one in crls if _is_current(one, moment)]
            ocsps = []
        context = ValidationContext(
            trust_roots=anchors,
            other_certs=embedded.certificates,
            moment=moment,
            allow_fetching=False,
            crls=crls,
            ocsps=ocsps,
            revocation_mode="soft-fail" if stamps else "require",
            retroactive_revinfo=True,
        )
        for one in crls:
            self._vouch(context, one, anchors)
        return context

    def _vouch(self, context: ValidationContext, revoked: Any, anchors: Sequence[Any]) -> None:
        """Tell pyHanko who issued a revocation list.

        It finds issuers by itself except those that are trusted without a root above them, such as
        the authorities of the State's list.
        """
        manager: Any = context.revinfo_manager
        for anchor in anchors:
            key = revoked.signature, anchor.dump()
            if revoked.issuer == anchor.subject and key not in self._issued:
                self._issued[key] = _has_issued(anchor, revoked)
            if self._issued.get(key):
                manager.record_crl_issuer(revoked, anchor)


@dataclass
class Embedded:
    """Certificates and revocation data that a PDF contains (its DSS)."""

    certificates: list[Any] = field(default_factory=list)
    crls: list[Any] = field(default_factory=list)
    ocsps: list[Any] = field(default_factory=list)


class Loader:
    """Reads the files of trust, again only if one has changed."""

    def __init__(self) -> None:
        self._key: object = None
        self._trust = Trust()

    def load(self, roots: str, list_file: str, revocation: str, now: datetime) -> Trust:
        """Return the trust of these folders and this file; "" names none."""
        key = (roots, list_file, revocation, _seen(roots, list_file, revocation), now.date())
        if key != self._key:
            self._trust, self._key = _loaded(roots, list_file, revocation, now), key
        return self._trust


def _is_current(revoked: Any, moment: datetime) -> bool:
    until = revoked["tbs_cert_list"]["next_update"].native
    return until is None or until >= moment


def _has_issued(anchor: Any, revoked: Any) -> bool:
    usage = anchor.key_usage_value
    if usage is not None and "crl_sign" not in usage.native:
        return False
    try:
        key: Any = load_der_x509_certificate(anchor.dump()).public_key()
        return load_der_x509_crl(revoked.dump()).is_signature_valid(key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _seen(roots: str, list_file: str, revocation: str) -> list[tuple[str, int, int]]:
    """Return the name, size and time of each file, by which a change is noticed."""
    files = [*_files(roots, CERTIFICATES), *_files(revocation, REVOCATION_LISTS)]
    if list_file and Path(list_file).is_file():
        files.append(Path(list_file))
    seen = ((str(one), one.stat()) for one in files)
    return [(name, stat.st_mtime_ns, stat.st_size) for name, stat in seen]


def _loaded(roots: str, list_file: str, revocation: str, now: datetime) -> Trust:
    trust = Trust()
    for certificate in _certificates(roots):
        (trust.roots if certificate.ca else trust.pinned).append(certificate)
    trust.crls = list(_revocation_lists(revocation))
    if list_file:
        trust.listed = trust_list.read(Path(list_file), [*trust.pinned, *trust.roots], now)
    return trust


def _files(folder: str, endings: frozenset[str]) -> Sequence[Path]:
    place = Path(folder)
    if not folder or not place.is_dir():
        return []
    every = (one for one in sorted(place.iterdir()) if one.is_file())
    return [one for one in every if one.suffix.lower() in endings][:MOST_FILES]


def _certificates(folder: str) -> Iterator[Any]:
    """Yield the certificates of a folder, PEM or DER. What is no certificate is left out."""
    for file in _files(folder, CERTIFICATES):
        for content in _parts(file, LARGEST_ROOT):
            try:
                certificate = x509.Certificate.load(content, strict=True)
                certificate.subject.hashable  # noqa: B018 - parsed lazily
            except (ValueError, TypeError):
                continue
            yield certificate


def _revocation_lists(folder: str) -> Iterator[Any]:
    for file in _files(folder, REVOCATION_LISTS):
        for content in _parts(file, LARGEST_LIST):
            try:
                one = crl.CertificateList.load(content, strict=True)
                one.issuer.hashable  # noqa: B018 - parsed lazily
            except (ValueError, TypeError):
                continue
            yield one


def _parts(file: Path, most: int) -> Iterable[bytes]:
    try:
        if file.stat().st_size > most:
            return []
        content = file.read_bytes()
        if not pem.detect(content):
            return [content]
        return [part for _, _, part in pem.unarmor(content, multiple=True)]
    except (OSError, ValueError):
        return []
