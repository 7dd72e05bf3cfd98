"""An SQLite catalogue on a network file system: one host writes it, all may read it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cobrex_db.engine import open_catalogue, transact
from cobrex_db.errors import CatalogueError
from cobrex_db.people import user_id
from cobrex_db.single_host import SingleHost, is_network

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw shared:2 - nfs4 server:/home rw,vers=4.2
31 30 0:41 / /home/local\\040disk rw shared:3 - xfs /dev/sdb rw
32 22 0:42 / /scratch rw shared:4 - lustre mgs@tcp:/scratch rw
33 22 0:43 / /sshfs rw - fuse.sshfs ada@host: rw
34 22 0:44 / /old rw - nfs server:/old rw
35 22 0:45 / /old rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("place", "network"),
    [
        ("/data/cobrex", False),
        ("/home/ada/.cobrex/store", True),
        ("/home/local disk/store", False),
        ("/homeward", False),
        ("/scratch", True),
        ("/sshfs/store", True),
        ("/old/store", False),
    ],
)
def test_the_deepest_and_latest_mount_tells(place: str, network: bool) -> None:
    assert is_network(Path(place), MOUNTS) is network


def test_of_two_hosts_one_writes(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.sqlite"
    first, second = (SingleHost(file, network=True, host=name) for name in ("head", "node7"))
    assert not second.is_other
    first.claim()
    assert second.is_other
    with pytest.raises(CatalogueError, match=r"written by the host head; this is node7") as said:
        second.claim()
    assert said.value.kind == "database-refused"
    assert f"rm {file}.host" in said.value.hint
    first.note.unlink()  # handed over
    second.claim()
    with pytest.raises(CatalogueError, match="node7"):
        SingleHost(file, network=True, host="head").claim()
    SingleHost(file, network=False, host="elsewhere").claim()


def test_another_host_reads_and_does_not_write(tmp_path: Path) -> None:
    """A real other host name, as the kernel tells it."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "--uts", "true"], check=False).returncode:
        pytest.skip("unshare --uts is not permitted here: no other host name to be had")
    url = f"sqlite:///{tmp_path / 'catalogue.sqlite'}?network=yes"
    engine = open_catalogue(url)
    transact(engine, lambda c: user_id(c, "ada"))
    with engine.connect() as connection:  # a reader meanwhile
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        assert mode == "delete"

    def elsewhere(*words: str) -> subprocess.CompletedProcess[str]:
        command = f'hostname elsewhere && exec "{sys.executable}" -m cobrex "$@"'
        return subprocess.run(
            [unshare, "--uts", "sh", "-c", command, "sh", *words],
            env={**os.environ, "COBREX_DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    read = elsewhere("catalogue", "status", "--json")
    assert (read.returncode, '"raw_frames": 0' in read.stdout) == (0, True), read.stderr
    written = elsewhere("workspace", "new", "discs")
    assert written.returncode == 4
    assert "this is elsewhere" in written.stderr
    assert "MariaDB" in written.stderr
    (tmp_path / "catalogue.sqlite.host").unlink()
    assert elsewhere("workspace", "new", "discs").returncode == 0
    with pytest.raises(CatalogueError, match="written by the host elsewhere"):
        transact(open_catalogue(url), lambda c: user_id(c, "bob"))
    engine.dispose()
