"""The settings of the provider: complete or absent, with https, and with a place in the order."""

from __future__ import annotations

import pytest

from app.base import config
from app.base.config import BadSetting

COMPLETE = {
    "ZAGUAN_SECRET_KEY": "a secret that only the tests know",
    "ZAGUAN_OIDC_ISSUER": "https://identity.example.pe/op",
    "ZAGUAN_OIDC_CLIENT_ID": "zaguan",
    "ZAGUAN_OIDC_CLIENT_SECRET": "x",
}
ENDPOINTS = {
    f"ZAGUAN_OIDC_{name}_URL": f"https://identity.example.pe/{name.lower()}"
    for name in ("AUTHORIZATION", "TOKEN", "USERINFO", "KEYS")
}


def test_it_is_complete(tmp_path):
    for more in [{}, ENDPOINTS]:
        loaded = config.load(COMPLETE | more | {"ZAGUAN_DATA": str(tmp_path)})
        assert loaded["OIDC_ISSUER"] == "https://identity.example.pe/op"
        assert loaded["OIDC_NAME"] == "ID GOB.PE"


def test_it_is_refused_at_the_start_by_halves(tmp_path):
    for name, value, named in [
        ("ZAGUAN_OIDC_ISSUER", "", "ZAGUAN_OIDC_ISSUER"),
        ("ZAGUAN_OIDC_ISSUER", "http://identity.example.pe/op", "ZAGUAN_OIDC_ISSUER"),
        ("ZAGUAN_OIDC_ISSUER", "https://identity.example.pe/op?x=1#y", "ZAGUAN_OIDC_ISSUER"),
        ("ZAGUAN_OIDC_ISSUER", "identity.example.pe", "ZAGUAN_OIDC_ISSUER"),
        ("ZAGUAN_OIDC_CLIENT_ID", "", "ZAGUAN_OIDC_CLIENT_ID"),
        ("ZAGUAN_OIDC_CLIENT_SECRET", "", "ZAGUAN_OIDC_CLIENT_SECRET"),
        ("ZAGUAN_OIDC_CLIENT_SECRET", "two words", "ZAGUAN_OIDC_CLIENT_SECRET"),
        ("ZAGUAN_OIDC_SCOPE", "profile", "ZAGUAN_OIDC_SCOPE"),
        ("ZAGUAN_OIDC_ACR_ORDER", "one_factor one_factor", "ZAGUAN_OIDC_ACR_ORDER"),
        ("ZAGUAN_OIDC_ACR_ORDER", "one_factor", "ZAGUAN_OIDC_ACR_PCM"),
        ("ZAGUAN_OIDC_ACR_PCM", "loa3", "ZAGUAN_OIDC_ACR_PCM"),
        ("ZAGUAN_OIDC_ACR_OTHERS", "loa1", "ZAGUAN_OIDC_ACR_OTHERS"),
        ("ZAGUAN_OIDC_ACR_FACTOR", "loa2", "ZAGUAN_OIDC_ACR_FACTOR"),
        ("ZAGUAN_OIDC_KINDS", "DNI=dni", "ZAGUAN_OIDC_KINDS"),
        ("ZAGUAN_OIDC_KINDS", "DNI", "ZAGUAN_OIDC_KINDS"),
        ("ZAGUAN_OIDC_TOKEN_URL", "", "ZAGUAN_OIDC_TOKEN_URL"),
        ("ZAGUAN_OIDC_KEYS_URL", "http://identity.example.pe/keys", "ZAGUAN_OIDC_KEYS_URL"),
    ]:
        halves = COMPLETE | ENDPOINTS | {"ZAGUAN_DATA": str(tmp_path), name: value}
        with pytest.raises(BadSetting, match=named):
            config.load(halves)
