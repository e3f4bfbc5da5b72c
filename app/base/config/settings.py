"""Each setting: its variable, its default, and what it takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.base.config.checks import (
    is_address,
    is_contact,
    is_database,
    is_host,
    is_hour,
    is_number,
    is_path,
    is_place,
    is_secure,
    is_series,
    is_web,
    is_word,
)
from app.base.config.fault import BadSetting


@dataclass(frozen=True)
class Setting:
    """One variable of the environment: its default, its valid values, and their check."""

    name: str
    default: str
    takes: str
    is_good: Callable[[str], bool] = bool


SETTINGS = (
    Setting("ZAGUAN_DATA", "var", "a folder for the embedded database and the stored files"),
    Setting("ZAGUAN_DATABASE_URL", "", "sqlite:///… or postgresql+psycopg://…", is_database),
    Setting(
        "ZAGUAN_DATABASE_OWNER_URL",
        "",
        "postgresql+psycopg://… with the role that owns the tables, for setup and restore",
        lambda text: not text or (is_database(text) and not text.startswith("sqlite")),
    ),
    Setting(
        "ZAGUAN_FILES",
        "",
        "the place of the stored files: a bucket of S3, as s3://bucket/prefix",
        is_place,
    ),
    Setting(
        "ZAGUAN_FILES_ENDPOINT",
        "",
        "the address of the server of that bucket, with https",
        lambda text: not text or is_web(text),
    ),
    Setting("ZAGUAN_FILES_REGION", "us-east-1", "the region of that bucket", is_word),
    Setting("ZAGUAN_FILES_KEY", "", "the access key of that bucket", is_word),
    Setting("ZAGUAN_FILES_SECRET", "", "the secret of that access key", is_word),
    Setting("ZAGUAN_SECRET_KEY", "", "at least 32 characters", lambda text: not 0 < len(text) < 32),
    Setting(
        "ZAGUAN_FORMER_SECRET_KEY",
        "",
        "the secret key before the present one: at least 32 characters",
        lambda text: not 0 < len(text) < 32,
    ),
    Setting(
        "ZAGUAN_PUBLIC_URL",
        "http://127.0.0.1:8000",
        "the public address of the pages, with http or https",
        is_web,
    ),
    Setting(
        "ZAGUAN_FORMER_URLS",
        "",
        "the public addresses before the present one, with spaces between them",
        lambda text: "," not in text and all(map(is_web, text.split())),
    ),
    Setting(
        "ZAGUAN_HELP_DESK", "mesadeayuda@gobiernodigital.gob.pe", "an e-mail address", is_address
    ),
    Setting(
        "ZAGUAN_MESA_DE_PARTES",
        "",
        "the address of the PCM's mesa de partes digital, with http or https",
        lambda text: not text or is_web(text.partition("?")[0]),
    ),
    Setting(
        "ZAGUAN_SECURITY_CONTACT",
        "",
        "the contact for weaknesses: mailto: with an e-mail address, or an address with https",
        lambda text: not text or is_contact(text),
    ),
    Setting(
        "ZAGUAN_RESPONSIBLE",
        "",
        "the name of the public body that is responsible for this installation",
        str.isprintable,
    ),
    Setting(
        "ZAGUAN_CONTACT",
        "",
        "where the public reaches that body: mailto: with an e-mail address, or an https address",
        lambda text: not text or is_contact(text),
    ),
    Setting(
        "ZAGUAN_LEGAL_NOTICE",
        "",
        "the address of the legal notice, with http or https",
        lambda text: not text or is_web(text.partition("?")[0]),
    ),
    Setting(
        "ZAGUAN_PRIVACY_NOTICE",
        "",
        "the address of the privacy notice, with http or https",
        lambda text: not text or is_web(text.partition("?")[0]),
    ),
    Setting("ZAGUAN_MAIL_FROM", "zaguan@example.pe", "an e-mail address", is_address),
    Setting(
        "ZAGUAN_RETURN_ADDRESS",
        "",
        "the e-mail address for bounces",
        lambda text: not text or is_address(text),
    ),
    Setting("ZAGUAN_SMTP_HOST", "", "the name of the mail server", is_host),
    Setting("ZAGUAN_SMTP_PORT", "587", "its port, 1 to 65535", is_number(1, 65535)),
    Setting(
        "ZAGUAN_SMTP_SECURITY",
        "starttls",
        "starttls, tls (from the first byte) or none",
        lambda text: text in ("starttls", "tls", "none"),
    ),
    Setting("ZAGUAN_SMTP_USER", "", "the user name at that server", str.isprintable),
    Setting(
        "ZAGUAN_SMTP_PASSWORD",
        "",
        "its password; requires TLS, except for a server on this machine",
        str.isprintable,
    ),
    Setting(
        "ZAGUAN_MAIL_PER_MINUTE",
        "120",
        "the most mails to send in a minute, 1 to 10000",
        is_number(1, 10_000),
    ),
    Setting("ZAGUAN_NORM_VERSION", "Directiva 003-2026-PCM/SIP", "the norm in force"),
    Setting(
        "ZAGUAN_CONSTANCIA_SERIES",
        "",
        "the pattern of the constancias' numbers, as {number:04d}-{year}-PCM/SIP; empty: typed",
        is_series,
    ),
    Setting(
        "ZAGUAN_CUT_OFF",
        "23:59",
        "the hour (Lima) until which a presentation or notification counts as of that day",
        is_hour,
    ),
    Setting(
        "ZAGUAN_OWN_ENTITY",
        "E00045",
        "the code of the PCM in the catalogue: only there its people may prepare a designation",
        lambda text: bool(re.fullmatch(r"[A-Z0-9]{1,20}", text)),
    ),
    Setting(
        "ZAGUAN_CANCEL_NEEDS_TWO",
        "no",
        "yes: a second coordinator confirms the cancellation of a process; or no",
        lambda text: text in ("yes", "no"),
    ),
    Setting(
        "ZAGUAN_VERSIONS_NEED_TWO",
        "no",
        "yes: a second person confirms each version of the process that a page or `zaguan deploy` "
        "puts into force; no: only one that changes more than names, drawings or remarks",
        lambda text: text in ("yes", "no"),
    ),
    Setting(
        "ZAGUAN_ACTIVATION_DAYS",
        "60",
        "the days for which an activation code is valid, 1 to 3650",
        is_number(1, 3650),
    ),
    Setting(
        "ZAGUAN_SECOND_FACTOR",
        "required",
        "the second factor of the PCM's people: required, offered or off",
        ("required", "offered", "off").__contains__,
    ),
    Setting(
        "ZAGUAN_LOG",
        "plain",
        "plain (warnings, for a terminal) or json (a line per event)",
        ("plain", "json").__contains__,
    ),
    Setting(
        "ZAGUAN_METRICS_TOKEN",
        "",
        "the token to read `/metricas`: at least 16 letters, digits, - and _",
        lambda text: not text or bool(re.fullmatch(r"[\w-]{16,}", text, re.ASCII)),
    ),
    Setting(
        "ZAGUAN_BACKUP_RECIPIENTS",
        "",
        "public keys of age (age1…) for which backups are encrypted, with spaces between them",
        lambda text: all(re.fullmatch("age1[a-z0-9]{58}", one) for one in text.split()),
    ),
    Setting(
        "ZAGUAN_VISITOR_SECRET",
        "",
        "the permanent secret for the public keys of visitors: at least 32 characters",
        lambda text: not 0 < len(text) < 32,
    ),
    Setting(
        "ZAGUAN_DATA_LICENCE",
        "ODC-By-1.0",
        "the licence of the open data: ODC-By-1.0, CC-BY-4.0 or CC0-1.0",
        ("ODC-By-1.0", "CC-BY-4.0", "CC0-1.0").__contains__,
    ),
    Setting(
        "ZAGUAN_OIDC_ISSUER",
        "",
        "the issuer of the OpenID Connect provider, with https",
        lambda text: is_secure(text) and "?" not in text,
    ),
    Setting("ZAGUAN_OIDC_CLIENT_ID", "", "the id that the provider gave this site", is_word),
    Setting("ZAGUAN_OIDC_CLIENT_SECRET", "", "the secret of that id", is_word),
    Setting(
        "ZAGUAN_OIDC_NAME",
        "ID GOB.PE",
        "the provider's name on the button",
        lambda text: text.isprintable() and len(text) <= 40,
    ),
    Setting(
        "ZAGUAN_OIDC_SCOPE",
        "openid profile",
        "the scopes to request, with spaces between them; openid is one",
        lambda text: text.isprintable() and "openid" in text.split(),
    ),
    Setting(
        "ZAGUAN_OIDC_ACR_ORDER",
        "one_factor two_factor certificate_dnie certificate_token",
        "the provider's values of acr, from the weakest to the strongest, with spaces between them",
        lambda text: len(set(text.split())) == len(text.split()),
    ),
    Setting(
        "ZAGUAN_OIDC_ACR_PCM",
        "two_factor",
        "the weakest acr that lets the PCM's people in",
        is_word,
    ),
    Setting("ZAGUAN_OIDC_ACR_OTHERS", "one_factor", "the weakest acr that lets others in", is_word),
    Setting(
        "ZAGUAN_OIDC_ACR_FACTOR",
        "two_factor",
        "the weakest acr that counts as a second factor",
        is_word,
    ),
    Setting("ZAGUAN_OIDC_DOCUMENT", "doc", "the claim with the number of the document", is_word),
    Setting("ZAGUAN_OIDC_DOCUMENT_KIND", "docType", "the claim with its kind", is_word),
    Setting(
        "ZAGUAN_OIDC_KINDS",
        "DNI=DNI CE=CE",
        "the provider's kinds of document, each with = and DNI, CE or PASAPORTE, with spaces "
        "between them",
        lambda text: all(re.fullmatch(r"[^=]+=(DNI|CE|PASAPORTE)", one) for one in text.split()),
    ),
    *(
        Setting(f"ZAGUAN_OIDC_{name}_URL", "", f"the provider's {what}, with https", is_secure)
        for name, what in (
            ("AUTHORIZATION", "authorization endpoint, if its issuer publishes no metadata"),
            ("TOKEN", "token endpoint, likewise"),
            ("USERINFO", "userinfo endpoint, likewise"),
            ("KEYS", "keys (jwks_uri), likewise"),
        )
    ),
    Setting(
        "ZAGUAN_TRUST_ROOTS",
        "",
        "the absolute path of a folder of certificates, PEM or DER",
        is_path,
    ),
    Setting(
        "ZAGUAN_TRUST_LIST",
        "",
        "the absolute path of a file: a trusted list of ETSI TS 119 612",
        is_path,
    ),
    Setting(
        "ZAGUAN_REVOCATION",
        "",
        "the absolute path of a folder of revocation lists, PEM or DER",
        is_path,
    ),
    Setting(
        "ZAGUAN_PAGES_PER_MINUTE",
        "60",
        "the pages of the public register for one address in a minute; 0: no limit",
        is_number(0, 100_000),
    ),
    Setting(
        "ZAGUAN_OPEN_DATA",
        "",
        "the absolute path of a folder of finished files, which nginx sends",
        is_path,
    ),
    Setting(
        "ZAGUAN_PROXIES",
        "0",
        "the number of your proxies in front of it, 0 to 9",
        is_number(0, 9),
    ),
)

#: All variables of the product: the place of its settings, the clock of demonstrations, settings.
NAMES = {"ZAGUAN_SETTINGS", "ZAGUAN_CLOCK", "ZAGUAN_CLOCK_ORIGIN"}
NAMES |= {setting.name for setting in SETTINGS}


def refuse_unknown(variables: Iterable[str]) -> None:
    """Raise BadSetting for a variable that is misspelt: it begins with ZAGUAN_, or nearly so."""
    for name in sorted({*variables} - NAMES):
        likeness = 0 if name.startswith("ZAGUAN_") else 0.9  # one letter of ten is wrong
        for near in difflib.get_close_matches(name, NAMES, 1, likeness):
            raise BadSetting(f"{name}: is no setting. Did you mean {near}?")
