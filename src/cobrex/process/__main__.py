"""python -m cobrex.process PLAN CHUNK MARKER: the runner; Snakemake starts one for every chunk."""

from __future__ import annotations

import sys
from pathlib import Path

from cobrex.errors import CobrexError
from cobrex.interrupt import INTERRUPTED, heed
from cobrex.plan.file import PlanFile

from .chunk import work_through
from .record import Record


def main(plan: str, chunk: str, marker: str) -> int:
    """Work through a chunk and return the exit code; no command line around it: it starts often."""
    heed()
    try:
        whole = work_through(PlanFile(plan), int(chunk), Path(marker), _tell)
    except CobrexError as error:
        sys.stderr.write(f"error: {error.message}\nhint: {error.hint}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0 if whole else INTERRUPTED


def _tell(record: Record) -> None:
    recipe = record["recipe"]
    name = f"{recipe['name']}@{recipe['version']}"
    how = (record["verdict"], record["reason"], record["message"])
    words = (record["outcome"], name, record["key"][:8], *how)
    sys.stdout.write(" ".join(word for word in words if word) + "\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
