"""A running gateway for the integration tests: one a module, so that what one module does to it stays its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gateway import Gateway
from tests.support.gateway import gateway as start
from tests.support.postgres import Server


@pytest.fixture(scope="module")
def gateway(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """`twistd tokengate` in front of `postgres`."""
    with start(postgres, tmp_path_factory.mktemp("gateway")) as running:
        yield running
