"""Trusted lists as a State publishes them: signed, changed, expired, and wrapped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from tests.app.cases.papers.signed import authority
from tests.app.cases.papers.signed.authority import NOW

TSL = "http://uri.etsi.org/02231/v2#"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SERVICES = {"inter": ("CA/PKC", "granted"), "tsa": ("TSA", "granted")}


def unsigned(
    services: Mapping[str, tuple[str, str]] = SERVICES, until: datetime = NOW + timedelta(days=90)
) -> Any:
    """Return a list of services: name of the certificate → type and status."""
    entries = "".join(_service(name, *what) for name, what in services.items())
    return etree.fromstring(
        f"""<TrustServiceStatusList xmlns="{TSL}" xmlns:otro="{DS}" Id="lista">
  <SchemeInformation>
    <NextUpdate><dateTime>{until:%Y-%m-%dT%H:%M:%SZ}</dateTime></NextUpdate>
  </SchemeInformation>
  <TrustServiceProviderList>
    <TrustServiceProvider><TSPServices>{entries}</TSPServices></TrustServiceProvider>
  </TrustServiceProviderList>
</TrustServiceStatusList>"""
    )


def _service(name: str, kind: str, status: str) -> str:
    return f"""
      <TSPService><ServiceInformation>
        <ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{kind}</ServiceTypeIdentifier>
        <ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/{status}</ServiceStatus>
        <ServiceDigitalIdentity><DigitalId>
          <X509Certificate>{_encoded(authority.certificate(name).dump())}</X509Certificate>
        </DigitalId></ServiceDigitalIdentity>
      </ServiceInformation></TSPService>"""


def signed(root: Any, who: str = "list-signer", *, uri: str = "") -> bytes:
    """Return a list with an enveloped signature, as of XML-DSig."""
    digest = _encoded(hashlib.sha256(_canonical(root)).digest())
    kind = "rsa" if who == "tsa" else "ecdsa"
    signature = etree.SubElement(root, f"{{{DS}}}Signature", nsmap={"ds": DS})
    info = etree.fromstring(
        f"""<ds:SignedInfo xmlns:ds="{DS}">
  <ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>
  <ds:SignatureMethod Algorithm="{MORE}{kind}-sha256"/>
  <ds:Reference URI="{uri}">
    <ds:Transforms>
      <ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform Algorithm="{EXCLUSIVE}"/>
    </ds:Transforms>
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
    <ds:DigestValue>{digest}</ds:DigestValue>
  </ds:Reference>
</ds:SignedInfo>"""
    )
    signature.append(info)
    value = etree.SubElement(signature, f"{{{DS}}}SignatureValue")
    value.text = _encoded(_signature(who, _canonical(info)))
    data = etree.SubElement(etree.SubElement(signature, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
    shown = etree.SubElement(data, f"{{{DS}}}X509Certificate")
    shown.text = _encoded(authority.certificate(who).dump())
    return _written(root)


def _signature(who: str, data: bytes) -> bytes:
    key: Any = serialization.load_der_private_key(authority.key(who).dump(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        made: bytes = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return made
    numbers = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def wrapped(content: bytes) -> bytes:
    """Return a list that hides the signed one inside of another, with other services."""
    inner = etree.fromstring(content)
    outer = unsigned({"foreign": ("CA/PKC", "granted")})
    outer.set("Id", "otra")
    outer.append(inner)
    outer.append(inner.find(f"{{{DS}}}Signature"))
    return _written(outer)


def _written(root: Any) -> bytes:
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return content


def _canonical(node: Any) -> bytes:
    content: bytes = etree.tostring(node, method="c14n", exclusive=True)
    return content


def _encoded(content: bytes) -> str:
    return base64.encodebytes(content).decode()
