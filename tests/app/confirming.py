"""Acts of coordinators that are confirmed: the form is posted, and the page that it leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.pages import CheckingClient

STAMP = re.compile(r'name="_confirmado" value="(\d+)"')


def confirmed(client: CheckingClient, address: str, data: Mapping[str, str]) -> Any:
    """Post an act and confirm it; return the answer, the first one if that refuses the act.

    An act that is done without a confirmation fails the test.
    """
    answer = client.post(address, data=data)
    assert "Ahora no se puede mostrar" not in answer.text
    if answer.status_code >= 400:
        return answer
    found = STAMP.search(answer.text)
    assert found is not None, f"{address} showed no confirmation: {answer.status}"
    return client.post(address, data={**data, "_confirmado": found[1]})
