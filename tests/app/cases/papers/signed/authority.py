"""A test authority: keys, certificates, revocation lists and time stamps, made once per run."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from asn1crypto import keys, pem, x509
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, KeyLabel, ServiceLabel
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

KEYS = ("root", "inter", "foreign", "tsa", "person", "other", "list")
CONFIG = Path(__file__).parent / "authority.yml"
#: When papers are signed, and when they are read.
SIGNED_AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
LONG_NAME = "Ana " * 2_500


def _curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def pki() -> Any:
    """Return the authority."""
    with tempfile.TemporaryDirectory() as folder:
        for name in KEYS:
            # The time stamper of pyHanko knows RSA alone, whose keys take longer to make.
            made = rsa.generate_private_key(65_537, 2_048) if name == "tsa" else _curve_key()
            armored = made.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            Path(folder, f"{name}.pem").write_bytes(armored)
        text = CONFIG.read_text("utf-8").replace("%LONG%", LONG_NAME.strip())
        return CertomancerConfig(yaml.safe_load(text), folder).get_pki_arch(ArchLabel("peru"))


def certificate(name: str) -> Any:
    """Return a certificate of asn1crypto."""
    return pki().get_cert(CertLabel(name))


def key(name: str) -> Any:
    """Return the private key of a certificate."""
    spec = pki().get_cert_spec(CertLabel(name))
    return pki().key_set.get_private_key(spec.subject_key)


def signer(name: str) -> signers.SimpleSigner:
    """Return who signs with a certificate."""
    return signers.SimpleSigner(
        signing_cert=certificate(name),
        signing_key=key(name),
        cert_registry=SimpleCertificateStore.from_certs([certificate("inter"), certificate(name)]),
    )


def naming(address: str) -> signers.SimpleSigner:
    """Return who signs with a certificate that names web addresses for everything about it."""
    place = [pyca.UniformResourceIdentifier(f"{address}/inter.crl")]
    about = [
        pyca.AccessDescription(
            kind, pyca.UniformResourceIdentifier(f"{address}/{kind.dotted_string}")
        )
        for kind in (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
    ]
    return _new_signer(
        {NameOID.COMMON_NAME: "RED EJEMPLO Ana"},
        pyca.CRLDistributionPoints([pyca.DistributionPoint(place, None, None, None)]),
        pyca.AuthorityInformationAccess(about),
    )


def person(name: str, document: str, ruc: str) -> signers.SimpleSigner:
    """Return a person who signs for an entity, as their new certificate says: name, DNI, RUC."""
    usual = pyca.load_der_x509_certificate(certificate("authority").dump())
    return _new_signer(
        {
            NameOID.COMMON_NAME: f"{name} FAU {ruc} soft",
            NameOID.SERIAL_NUMBER: f"PNOPE-{document}",
            NameOID.ORGANIZATION_IDENTIFIER: f"NTRPE-{ruc}",
        },
        usual.extensions.get_extension_for_class(pyca.CRLDistributionPoints).value,
    )


def _new_signer(
    subject: Mapping[pyca.ObjectIdentifier, str], *extensions: pyca.ExtensionType
) -> signers.SimpleSigner:
    """Return who signs with a new certificate of the intermediate authority."""
    key_of_signer = _curve_key()
    issuer: Any = serialization.load_der_private_key(
        pki().key_set.get_private_key(KeyLabel("inter")).dump(), None
    )
    built = (
        pyca.CertificateBuilder()
        .subject_name(pyca.Name([pyca.NameAttribute(*one) for one in subject.items()]))
        .issuer_name(pyca.load_der_x509_certificate(certificate("inter").dump()).subject)
        .public_key(key_of_signer.public_key())
        .serial_number(pyca.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1))  # noqa: DTZ001 - the library takes UTC
        .not_valid_after(datetime(2040, 1, 1))  # noqa: DTZ001
        .add_extension(
            pyca.KeyUsage(True, True, False, False, False, False, False, False, False),
            critical=True,
        )
    )
    for extension in extensions:
        built = built.add_extension(extension, critical=False)
    made = built.sign(issuer, hashes.SHA256())
    der, pkcs8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(made.public_bytes(der)),
        signing_key=keys.PrivateKeyInfo.load(
            key_of_signer.private_bytes(der, pkcs8, serialization.NoEncryption())
        ),
        cert_registry=SimpleCertificateStore.from_certs([certificate("inter")]),
    )


def time_stamper(at: datetime, name: str = "tsa") -> DummyTimeStamper:
    """Return an authority that stamps everything with this time."""
    chain = SimpleCertificateStore.from_certs([certificate("inter")])
    return DummyTimeStamper(certificate(name), key(name), chain, fixed_dt=at)


def revocation_list(issuer: str, at: datetime = NOW) -> bytes:
    """Return the revocation list of an issuer, as of a time."""
    made: bytes = pki().service_registry.get_crl(ServiceLabel(issuer), at).dump()
    return made


def write_trust(
    folder: Path, *, roots: tuple[str, ...] = ("root",), at: datetime | None = NOW
) -> dict[str, str]:
    """Write a folder of roots, and one of revocation lists as of a time (None: empty).

    Return the settings: `roots`, `trust_list` and `revocation`.
    """
    places = {name: folder / name for name in ("roots", "revocation")}
    for place in places.values():
        place.mkdir(parents=True)
    for name in roots:
        armored = pem.armor("CERTIFICATE", certificate(name).dump())
        (places["roots"] / f"{name}.pem").write_bytes(armored)
    for issuer in ("root", "inter") if at else ():
        (places["revocation"] / f"{issuer}.crl").write_bytes(revocation_list(issuer, at or NOW))
    return {
        "roots": str(places["roots"]),
        "trust_list": "",
        "revocation": str(places["revocation"]),
    }
