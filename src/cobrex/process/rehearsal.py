"""A process set up again in a scratch folder, to be tried by hand; nothing of it is kept."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cobrex.plan.model import RecipeUse
from cobrex_registry.environments.environment import release

from .call import Call, prepare_call
from .scratch import make_scratch, stage

SCRIPT = "command.sh"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEPT = "kept"  # in the folder of scratch folders: these are cleared when their maker has ended


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A process ready to be run by hand.

    Attributes
    ----------
    folder : pathlib.Path
        Staged inputs, SOF, and the command as `SCRIPT`.
    call : Call
    """

    folder: Path
    call: Call

    @property
    def command(self) -> str:
        """The exact command, as it is typed."""
        return shlex.join(self.call.argv)

    def run(self, argv: Sequence[str] | None = None) -> int:
        """Run the command, or another one, in the folder with the recipe's environment.

        Parameters
        ----------
        argv : sequence of str, optional
            By default the recipe's command.

        Returns
        -------
        int
            Its exit code; 128 and the signal's number when one ended it.

        Raises
        ------
        OSError
            When it cannot be started.
        """
        try:
            done = subprocess.run(
                list(argv or self.call.argv),
                cwd=self.folder,
                env=self.call.variables,
                check=False,
            )
        finally:
            release(self.call.environment, self.call.around)
        return done.returncode if done.returncode >= 0 else 128 - done.returncode

    def remove(self) -> None:
        """Remove the folder and all that was made in it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def rehearse(
    recipe: RecipeUse, inputs: Sequence[tuple[str, str]], store: Path, *, keep: bool
) -> Rehearsal:
    """Set a process up as it was, or will be, when it is made.

    Parameters
    ----------
    recipe : RecipeUse
        Its environment has been built.
    inputs : sequence of (path, frame type)
        In the order the recipe asks for.
    store : pathlib.Path
        The folder lies in it, or where temporary files do when that cannot be written.
    keep : bool
        Whether the folder is to outlive this process.

    Returns
    -------
    Rehearsal
    """
    folder = _folder(store, keep)
    try:
        stage(folder, inputs)
        call = prepare_call(recipe, folder, inputs)
        script = folder / SCRIPT
        script.write_text(_script(folder, call), encoding="utf-8", errors="surrogateescape")
        script.chmod(0o700)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Rehearsal(folder, call)


def _script(folder: Path, call: Call) -> str:
    """The command with what its environment has more, or less, than the caller's."""
    here, there = os.environ, call.variables
    gone = [name for name in here if name not in there and _NAME.fullmatch(name)]
    new = [n for n, value in there.items() if here.get(n) != value and _NAME.fullmatch(n)]
    lines = [
        "#!/bin/sh",
        f"cd {shlex.quote(str(folder))} || exit",
        *([f"unset {' '.join(gone)}"] if gone else []),
        *(f"export {name}={shlex.quote(there[name])}" for name in new),
        f"exec {shlex.join(call.argv)}",
    ]
    return "\n".join(lines) + "\n"


def _folder(store: Path, keep: bool) -> Path:
    try:
        if not keep:
            return make_scratch(store)
        folder = store / "processes" / ".scratch" / _KEPT / uuid.uuid4().hex[:12]
        folder.mkdir(parents=True, mode=0o700)
    except OSError:  # somebody else's store
        folder = Path(tempfile.mkdtemp(prefix="cobrex-"))
    return folder
