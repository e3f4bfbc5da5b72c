"""A test authority: keys, certificates, revocation lists and time stamps, made once per run."""

from __future__ import annotations

import functools
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from asn1crypto import pem
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, ServiceLabel
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
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
