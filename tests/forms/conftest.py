"""Fixtures of forms: a site that draws their pages."""

from __future__ import annotations

import pytest

from tests.app.web import bare


@pytest.fixture(scope="module")
def site(tmp_path_factory, fast_process):
    """Yield an application without a database."""
    with pytest.MonkeyPatch.context() as patch:
        yield bare.make(tmp_path_factory.mktemp("site"), patch)
