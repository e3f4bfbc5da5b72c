"""The settings of the OpenID Connect provider, which are complete or absent."""

from __future__ import annotations

from collections.abc import Mapping

from app.base.config.fault import BadSetting

#: What is needed besides the issuer.
CLIENT = ("ZAGUAN_OIDC_CLIENT_ID", "ZAGUAN_OIDC_CLIENT_SECRET")
#: The endpoints of an issuer without metadata: all of them, or none.
ENDPOINTS = tuple(
    f"ZAGUAN_OIDC_{name}_URL" for name in ("AUTHORIZATION", "TOKEN", "USERINFO", "KEYS")
)
#: The demanded values of acr.
LEVELS = ("ZAGUAN_OIDC_ACR_PCM", "ZAGUAN_OIDC_ACR_OTHERS", "ZAGUAN_OIDC_ACR_FACTOR")


def refuse_halves(values: Mapping[str, str]) -> None:
    """Raise BadSetting where the provider is set by halves, or an acr has no place in the order."""
    given = [name for name in (*CLIENT, *ENDPOINTS) if values[name]]
    if not values["ZAGUAN_OIDC_ISSUER"]:
        if given:
            raise BadSetting(f"ZAGUAN_OIDC_ISSUER: is needed where {given[0]} is set")
        return
    wanted = CLIENT + (ENDPOINTS if set(given) & set(ENDPOINTS) else ())
    for name in wanted:
        if not values[name]:
            raise BadSetting(f"{name}: is needed where ZAGUAN_OIDC_ISSUER is set")
    for name in LEVELS:
        if values[name] not in values["ZAGUAN_OIDC_ACR_ORDER"].split():
            raise BadSetting(f"{name}: takes a value of ZAGUAN_OIDC_ACR_ORDER")
