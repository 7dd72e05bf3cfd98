"""Random histories of servers: no published version is lost or changed, and all come to agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lossy_network import Cutter, Daemon
from server_history import History


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, Cutter]]:
    with Daemon(tmp_path_factory.mktemp("servers")) as daemon:
        cutter = Cutter(daemon.port)
        yield daemon, cutter
        cutter.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_no_version_is_lost_or_changed_and_all_come_to_agree(seed, network):
    daemon, cutter = network
    folder = Path(daemon.folder / f"history{seed}")
    folder.mkdir()
    history = History(folder, seed, daemon, cutter)
    for _ in range(25):
        history.step()
    history.settle()
