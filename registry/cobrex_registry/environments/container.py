"""Containers: an image named by its digest, and the command that runs a recipe in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cobrex_registry.errors import RegistryError
from cobrex_registry.held import held

from .built_once import Site, build_once

TO_FILE = ("apptainer", "singularity")
TO_STORAGE = ("podman", "docker")
CHOICE = "COBREX_CONTAINER_ENGINE"
PRIVATE = ("TMPDIR", "MPLCONFIGDIR", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR")
_IMAGE_FILE = "image.sif"
_UNSPEAKABLE = frozenset(',:"\\\n')


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a recipe in a container sees of the machine.

    Attributes
    ----------
    scratch : pathlib.Path
        Its working directory; ``tmp`` in it is its home and place for temporary files.
    readable : tuple of pathlib.Path
        Files and folders it may read, under their own names.
    walltime_s : float
        After which it is ended at the latest.
    """

    scratch: Path
    readable: tuple[Path, ...] = ()
    walltime_s: float = 0.0


def engine() -> str:
    """Return the path of the program that runs containers here.

    Returns
    -------
    str
        The first found of apptainer, singularity, podman, docker; the one named by
        ``COBREX_CONTAINER_ENGINE`` where that is set.

    Raises
    ------
    RegistryError
        Of kind ``environment`` when there is none.
    """
    known = (*TO_FILE, *TO_STORAGE)
    wanted = os.environ.get(CHOICE, "")
    if wanted and wanted not in known:
        raise RegistryError(
            f"{CHOICE} is {wanted!r}", kind="environment", hint=f"one of {', '.join(known)}"
        )
    names = (wanted,) if wanted else known
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise RegistryError(
            f"{' nor '.join(names)} is not installed, and the recipe runs in a container",
            kind="environment",
            hint="install apptainer or podman",
        )
    return found


def kept_as_file() -> bool:
    """Tell whether images are files in the store here; podman and docker keep their own."""
    try:
        return Path(engine()).name in TO_FILE
    except RegistryError:  # a plan can be looked at all the same
        return True


def fetch(place: Path, image: str) -> None:
    """Make sure that an image is there; later no network is used.

    Parameters
    ----------
    place : pathlib.Path
        Folder for the image file of apptainer; podman and docker keep images themselves.
    image : str
        ``name@sha256:...``.

    Raises
    ------
    RegistryError
        Of kind ``environment``.
    """
    program = engine()
    if Path(program).name in TO_FILE:
        build_once(place, "container image", lambda site: _to_file(site, program, image))
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    with held(place.with_name(f"{place.name}.lock")) as lock:
        if not _has(program, image):
            _pull(Site(place, "container image", lock), program, image)


def command(
    place: Path | None, image: str, argv: Sequence[str], around: Surroundings, name: str
) -> list[str]:
    """Return the words that run a command in a container.

    Parameters
    ----------
    place : pathlib.Path or None
        Where `fetch` put the image, for apptainer.
    image : str
        ``name@sha256:...``.
    argv : sequence of str
        The command, in the words of the container.
    around : Surroundings
        What it sees. Nothing else of the machine, and no network.
    name : str
        Of the container, for `end`.

    Returns
    -------
    list of str

    Raises
    ------
    RegistryError
        Of kind ``environment``: no program that runs containers, a path it cannot be told.
    """
    program = engine()
    temporary = str(around.scratch / "tmp")
    variables = {"HOME": temporary, "LC_ALL": "C.UTF-8", **dict.fromkeys(PRIVATE, temporary)}
    told = [word for pair in variables.items() for word in ("--env", "=".join(pair))]
    told += [word for path in _folders(around.readable) for word in _mount(path, "ro")]
    told += _mount(around.scratch, "rw")
    if Path(program).name in TO_FILE:
        file = str((place or Path()) / _IMAGE_FILE)
        alone = ["--containall", "--net", "--network", "none", "--pwd", str(around.scratch)]
        return [program, "--silent", "exec", *alone, *told, file, *argv]
    alone = ["--rm", "--pull", "never", "--network", "none", "--read-only", "--cap-drop", "all"]
    alone += ["--security-opt", "no-new-privileges", "--security-opt", "label=disable"]
    alone += ["--entrypoint", "", "--name", name, "--workdir", str(around.scratch)]
    alone += ["--user", _user(program)]
    if Path(program).name == "podman" and around.walltime_s:
        alone += ["--timeout", str(int(around.walltime_s) + 60)]
    return [program, "run", *alone, *told, reference(image), *argv]


def end(name: str) -> None:
    """End a container that may have outlived the command that started it."""
    program = engine()
    if Path(program).name in TO_STORAGE:
        words = ["--ignore", "--time", "0"] if Path(program).name == "podman" else []
        _ask(program, "rm", "--force", *words, name)


def called(scratch: Path) -> str:
    """Return the name of the container that works in a scratch folder."""
    return f"cobrex-{sha256(os.fsencode(scratch)).hexdigest()[:24]}"


def reference(image: str) -> str:
    """Return an image's name without its tag: the digest alone says which one."""
    name, _, content = image.partition("@")
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}@{content}"


def _to_file(site: Site, program: str, image: str) -> None:
    own = site.folder / "made"
    environ = dict(os.environ)
    for prefix in ("APPTAINER", "SINGULARITY"):
        environ |= {f"{prefix}_CACHEDIR": str(own), f"{prefix}_TMPDIR": str(own)}
    own.mkdir()
    words = [program, "pull", str(site.folder / _IMAGE_FILE), f"docker://{reference(image)}"]
    site.run(words, environ, hint="see whether the image is still there")
    shutil.rmtree(own)


def _pull(site: Site, program: str, image: str) -> None:
    transport = "docker://" if Path(program).name == "podman" else ""
    words = [program, "pull", "--quiet", f"{transport}{reference(image)}"]
    site.run(words, os.environ, hint="see whether the image is still there")


def _has(program: str, image: str) -> bool:
    words = ("image", "exists") if Path(program).name == "podman" else ("image", "inspect")
    return _ask(program, *words, reference(image)) == 0


def _ask(program: str, *words: str) -> int:
    done = subprocess.run(
        [program, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return done.returncode


def _user(program: str) -> str:
    """Whose files products are: podman's root is the caller, docker's is the machine's."""
    return "0:0" if Path(program).name == "podman" else f"{os.getuid()}:{os.getgid()}"


def _folders(paths: Iterable[Path]) -> list[Path]:
    """Return the folders that hold some files, as they are named and as they are."""
    wanted: set[Path] = set()
    for path in paths:
        for one in {path, path.resolve()}:
            wanted.add(one if one.is_dir() else one.parent)
    return sorted(p for p in wanted if not wanted.intersection(p.parents))


def _mount(path: Path, mode: str) -> list[str]:
    if str(path) == "/" or _UNSPEAKABLE.intersection(str(path)):
        raise RegistryError(
            f"{path} cannot be shown to a container",
            kind="environment",
            hint="keep frames in a folder whose path holds no comma, colon, quote or backslash",
        )
    words = f"type=bind,source={path},destination={path}"
    return ["--mount", f"{words},ro" if mode == "ro" else words]
