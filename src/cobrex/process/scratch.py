"""A private folder for one attempt: staged inputs, the SOF, and the one rename that commits."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

STAGED = "inputs"
# no bracket, sign or parenthesis that a FITS library reads as part of an extended file name
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\.fits(?:\.gz|\.Z)?")
_INVENTED = re.compile(r"[0-9]{4,}-")
SOF = "inputs.sof"


def make_scratch(store: Path) -> Path:
    """Make an empty private folder on the store's own file system.

    Parameters
    ----------
    store : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    folder = store / "processes" / ".scratch" / new_name()
    folder.mkdir(parents=True, mode=0o700)
    return folder


def new_name() -> str:
    """Return a name for a scratch folder that tells whose it is: host and process."""
    return f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex}"


def host_of(scratch: Path) -> str:
    """Return the host on which a scratch folder was made."""
    return _maker(scratch)[0]


def _maker(scratch: Path) -> tuple[str, str]:
    host, _, pid = scratch.name.rpartition(".")[0].rpartition(".")
    return host, pid


def is_abandoned(scratch: Path) -> bool:
    """Tell whether the process that made a scratch folder has ended on this host.

    Parameters
    ----------
    scratch : pathlib.Path

    Returns
    -------
    bool
        False for folders of other hosts.
    """
    host, pid = _maker(scratch)
    return host == socket.gethostname() and not Path("/proc", pid).is_dir()


def stage(scratch: Path, inputs: Sequence[tuple[str, str]]) -> list[Path]:
    """Link inputs into the scratch folder and write the SOF.

    Parameters
    ----------
    scratch : pathlib.Path
    inputs : sequence of (path, frame type)
        In the order the recipe asks for.

    Returns
    -------
    list of pathlib.Path
        The links bear the files' own names, which recipes write into their products (``PRO REC1
        RAW1 NAME``). A file whose name is not plain ASCII, or not the only one of its kind, is
        ``0003-DARK.fits``.
    """
    folder = scratch / STAGED
    folder.mkdir()
    links = []
    for (path, _), name in zip(inputs, link_names(inputs), strict=True):
        link = folder / name
        link.symlink_to(path)
        links.append(link)
    lines = [f"{link} {t}\n" for link, (_, t) in zip(links, inputs, strict=True)]
    (scratch / SOF).write_text("".join(lines), encoding="utf-8")
    return links


def link_names(inputs: Sequence[tuple[str, str]]) -> list[str]:
    """Return the names inputs are staged under.

    The name of a raw frame is no part of a process's key: two stores that keep one frame under
    two names give one key, and products that differ in the cards which name inputs, nowhere else.

    Parameters
    ----------
    inputs : sequence of (path, frame type)

    Returns
    -------
    list of str
        Each once, whatever letters' case counts for.
    """
    counted = Counter(Path(path).name.lower() for path, _ in inputs)
    return [
        name
        if _PLAIN.fullmatch(name := Path(path).name)
        and counted[name.lower()] == 1
        and not _INVENTED.match(name)
        else f"{number:04d}-{frame_type}{_suffix(path)}"
        for number, (path, frame_type) in enumerate(inputs)
    ]


def _suffix(path: str) -> str:
    return next((s for s in (".fits.gz", ".fits.Z") if path.endswith(s)), ".fits")


def sweep(scratch: Path) -> None:
    """Leave plain files and folders only, once the recipe has ended.

    A FIFO would be waited for, a link followed to where it points; what shares its bytes with
    another name, a raw frame perhaps, becomes a copy before it is stamped.

    Parameters
    ----------
    scratch : pathlib.Path
    """
    for entry in scratch.iterdir():
        facts = entry.lstat()
        if not (stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode)):
            entry.unlink()
        elif stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1:
            own = entry.with_name(f".{uuid.uuid4().hex}")
            shutil.copyfile(entry, own)
            own.replace(entry)


def sof_of_record(scratch: Path, inputs: Sequence[tuple[str, str]]) -> None:
    """Rewrite the SOF with the true paths, for people: the links end with the attempt."""
    lines = [f"{path} {frame_type}\n" for path, frame_type in inputs]
    (scratch / SOF).write_text("".join(lines), encoding="utf-8")


def write_record(scratch: Path, record: dict[str, Any]) -> None:
    """Write ``record.json``, a line for each of its values, on disk when this returns."""
    # with an indent Python's json leaves its fast way
    text = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True).encode
    lines = [f" {text(name)}: {text(record[name])}" for name in sorted(record)]
    with (scratch / "record.json").open("w", encoding="utf-8") as stream:
        stream.write("{\n" + ",\n".join(lines) + "\n}")
        stream.flush()
        os.fsync(stream.fileno())


def commit(scratch: Path, folder: Path) -> bool:
    """Move a finished scratch folder to its place in one rename.

    Parameters
    ----------
    scratch : pathlib.Path
    folder : pathlib.Path
        Where the attempt is to lie; may exist only as an empty folder.

    Returns
    -------
    bool
        False when another writer was first: its result stands, this one is dropped.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch.chmod(0o755)
    try:
        scratch.rename(folder)
    except OSError:
        if not (folder / "record.json").is_file():
            raise
        shutil.rmtree(scratch, ignore_errors=True)
        return False
    return True


def clear(scratch: Path, *, keep: frozenset[str]) -> None:
    """Remove everything from a scratch folder but the named files.

    Parameters
    ----------
    scratch : pathlib.Path
    keep : frozenset of str
        Names directly in the folder.
    """
    for entry in scratch.iterdir():
        if entry.name in keep:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink()
