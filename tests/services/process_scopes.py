"""Which tests stay with one process: those of a file, and all that need the SLURM cluster."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

_NAMES = ("test_slurm_", "test_cluster.py")


def on_slurm(nodeid: str) -> bool:
    """Tell whether a test lies in a file that needs the cluster."""
    return nodeid.partition("::")[0].rpartition("/")[2].startswith(_NAMES)


class FilesAndSlurm(LoadFileScheduling):
    """Files, those of SLURM as if they were one."""

    def _split_scope(self, nodeid: str) -> str:
        return "slurm" if on_slurm(nodeid) else str(super()._split_scope(nodeid))
