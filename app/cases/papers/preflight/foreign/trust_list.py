"""The State's list of trust: a file as of ETSI TS 119 612, which names authorities.

It is used if its signature is that of a trusted certificate, and until the date of its next update.
The signature is enveloped XML-DSig over the whole list, as the standard demands; whatever else a
signature could cover is not accepted.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import (
    Certificate,
    ExtendedKeyUsage,
    ExtensionNotFound,
    ObjectIdentifier,
    load_der_x509_certificate,
)
from lxml import etree

LARGEST = 20 << 20
TSL = "{http://uri.etsi.org/02231/v2#}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
C14N = {
    "http://www.w3.org/2001/10/xml-exc-c14n#": True,
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": False,
}
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
HASHES: dict[str, Any] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512(),
}
#: Method of a signature → kind of its key, and its hash.
METHODS: dict[str, tuple[str, Any]] = {
    f"http://www.w3.org/2001/04/xmldsig-more#{kind}-sha{bits}": (kind, made)
    for bits, made in ((256, hashes.SHA256()), (384, hashes.SHA384()), (512, hashes.SHA512()))
    for kind in ("rsa", "ecdsa")
}
#: The purpose of a certificate that signs lists (ETSI TS 119 612, 5.7.1).
SIGNS_LISTS = ObjectIdentifier("0.4.0.2231.3.0")
#: The last part of the address of a status in which a service is trusted.
IN_ACCORD = frozenset(
    {"granted", "recognisedatnationallevel", "undersupervision", "supervisionincessation"}
    | {"accredited", "inaccord"}
)


class Refused(Exception):
    """The list is not used; the message is its state."""


@dataclass
class TrustList:
    """Certificates of the list; `state`: none, good, missing, unreadable, unsigned or expired."""

    state: str = "none"
    authorities: list[Any] = field(default_factory=list)
    stampers: list[Any] = field(default_factory=list)
    #: Until when the list is good, in UTC (ISO); "" if unknown.
    until: str = ""


def read(file: Path, signers: Sequence[Any], now: datetime) -> TrustList:
    """Return the list in a file, with its authorities only if it may be used.

    `signers`: certificates of asn1crypto that may sign it. An authority among them may issue one
    for signing lists.
    """
    try:
        root = _parsed(file)
        _check_signature(root, signers, now)
        until = _next_update(root)
        found = TrustList("good", until=until.isoformat())
        if until < now:
            return TrustList("expired", until=until.isoformat())
        for kind, certificate in _services(root):
            (found.stampers if kind == "TSA" else found.authorities).append(certificate)
    except Refused as refused:
        return TrustList(str(refused))
    except (OSError, ValueError, TypeError, AttributeError, etree.Error, UnsupportedAlgorithm):
        return TrustList("unreadable")
    return found


def _parsed(file: Path) -> Any:
    if not file.is_file():
        raise Refused("missing")
    if file.stat().st_size > LARGEST:
        raise Refused("unreadable")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    root = etree.fromstring(file.read_bytes(), parser)
    if root.getroottree().docinfo.doctype or root.tag != f"{TSL}TrustServiceStatusList":
        raise Refused("unreadable")
    return root


def _next_update(root: Any) -> datetime:
    text = root.findtext(f"{TSL}SchemeInformation/{TSL}NextUpdate/{TSL}dateTime")
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _services(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield `CA` or `TSA`, and the certificate of each service that is in accord today."""
    place = f"{TSL}TrustServiceProviderList/{TSL}TrustServiceProvider/{TSL}TSPServices"
    for one in root.iterfind(f"{place}/{TSL}TSPService/{TSL}ServiceInformation"):
        kind = (one.findtext(f"{TSL}ServiceTypeIdentifier") or "").strip()
        status = (one.findtext(f"{TSL}ServiceStatus") or "").strip().rstrip("/")
        family = kind.partition("/Svctype/")[2].partition("/")[0]
        if status.rpartition("/")[2].lower() not in IN_ACCORD:
            continue
        for text in one.iterfind(f".//{TSL}DigitalId/{TSL}X509Certificate"):
            try:
                certificate = x509.Certificate.load(_bytes(text), strict=True)
                stamps = "time_stamping" in (_purposes(certificate) or ())
            except (ValueError, TypeError):
                continue
            if family in ("CA", "TSA"):
                yield family, certificate
            elif family == "unspecified" and stamps:  # so lists Peru its time stamps
                yield "TSA", certificate


def _purposes(certificate: Any) -> Any:
    usage = certificate.extended_key_usage_value
    certificate.subject.hashable  # noqa: B018 - parsed lazily
    return usage.native if usage is not None else None


# The signature --------------------------------------------------------------------------------


def _check_signature(root: Any, signers: Sequence[Any], now: datetime) -> None:
    """Raise Refused unless a trusted certificate signed the whole list."""
    found = root.findall(f"{DS}Signature")
    if len(found) != 1 or len(list(root.iter(f"{DS}Signature"))) != 1:
        raise Refused("unsigned")
    signature = found[0]
    info = signature.find(f"{DS}SignedInfo")
    certificate = load_der_x509_certificate(
        _bytes(signature.find(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate"))
    )
    # Before the signature is taken out of the tree: that changes its prefixes.
    data = _canonical(info, info.find(f"{DS}CanonicalizationMethod").get("Algorithm"))
    if not _is_trusted(certificate, signers, now) or not _covers_all(root, signature, info):
        raise Refused("unsigned")
    kind, hashed = METHODS.get(info.find(f"{DS}SignatureMethod").get("Algorithm"), ("", None))
    value = _bytes(signature.find(f"{DS}SignatureValue"))
    try:
        key = certificate.public_key()
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), hashed)
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            half = len(value) // 2
            numbers = int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
            key.verify(encode_dss_signature(*numbers), data, ec.ECDSA(hashed))
        else:
            raise Refused("unsigned")
    except InvalidSignature:
        raise Refused("unsigned") from None


def _is_trusted(certificate: Certificate, signers: Sequence[Any], now: datetime) -> bool:
    """Return whether a certificate may sign the list: it is a trusted one, or one of those issued
    it for this purpose. Without the purpose, everyone who has a certificate could make a list.
    """
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False
    der = certificate.public_bytes(serialization.Encoding.DER)
    if any(one.dump() == der for one in signers):
        return True
    if not _signs_lists(certificate):
        return False
    return any(one.ca and _has_issued(one, certificate) for one in signers)


def _signs_lists(certificate: Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage).value
    except ExtensionNotFound:
        return False
    return SIGNS_LISTS in usage


def _has_issued(issuer: Any, certificate: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(load_der_x509_certificate(issuer.dump()))
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _covers_all(root: Any, signature: Any, info: Any) -> bool:
    """Return whether one reference is to the whole list, and its digest is right.

    It takes the signature out of the list. Other references, such as that to the properties of
    XAdES, say nothing about the list.
    """
    for reference in info.findall(f"{DS}Reference"):
        address = reference.get("URI")
        if address == "" or (address == f"#{root.get('Id')}" and root.get("Id")):
            return _digest_is_right(root, signature, reference)
    return False


def _digest_is_right(root: Any, signature: Any, reference: Any) -> bool:
    transforms = [
        one.get("Algorithm") for one in reference.iterfind(f"{DS}Transforms/{DS}Transform")
    ]
    others = [one for one in transforms if one != ENVELOPED]
    if ENVELOPED not in transforms or len(others) > 1:
        return False
    hashed = HASHES.get(reference.find(f"{DS}DigestMethod").get("Algorithm"))
    expected = _bytes(reference.find(f"{DS}DigestValue"))
    before, tail = signature.getprevious(), signature.tail or ""
    root.remove(signature)  # with the text behind it, which is signed
    if before is None:
        root.text = (root.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    data = _canonical(root, others[0] if others else "")
    return hashed is not None and hashlib.new(hashed.name, data).digest() == expected


def _canonical(node: Any, method: str) -> bytes:
    if method and method not in C14N:
        raise Refused("unsigned")
    data: bytes = etree.tostring(
        node, method="c14n", exclusive=C14N.get(method, False), with_comments=False
    )
    return data


def _bytes(node: Any) -> bytes:
    return base64.b64decode("".join(node.text.split()), validate=True)
