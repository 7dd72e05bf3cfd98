"""What a recipe needs around it: cores, memory, time, an environment."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from cobrex_registry.reading.fields import Fields

from .amounts import DURATION, duration_s, duration_text, size_bytes, size_text

KINDS = ("host", "python", "conda", "container")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]{0,200}@sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Resources:
    """What one process may use.

    Attributes
    ----------
    cores : int
        Processor cores.
    memory_bytes : int
        Main memory.
    walltime_s : int
        Seconds on the clock.
    scratch_bytes : int
        Disk in the working directory.
    """

    cores: int = 1
    memory_bytes: int = 2 << 30
    walltime_s: int = 3600
    scratch_bytes: int = 2 << 30


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """Which software a recipe runs in.

    Attributes
    ----------
    kind : {'host', 'python', 'conda', 'container'}
        How it is made.
    lock : str
        File of exact packages with hashes, for ``python`` and ``conda``.
    probes : tuple of tuple of str
        Commands whose output tells the state of the host, for ``host``.
    image : str
        Container image with its digest, for ``container``.
    """

    kind: str = "host"
    lock: str = ""
    probes: tuple[tuple[str, ...], ...] = ()
    image: str = ""


def read_resources(manifest: Fields) -> Resources:
    """Read the ``resources`` of a manifest; what is missing has a small default."""
    return Resources(**said_resources(manifest))


def said_resources(document: Fields) -> dict[str, int]:
    """Read the ``resources`` of a manifest or a preset.

    Parameters
    ----------
    document : Fields

    Returns
    -------
    dict of str to int
        Attributes of `Resources`; what the document does not say is not in it.
    """
    fields = document.within("resources", ("cores", "memory", "walltime", "scratch"))
    if fields is None:
        return {}
    said = {
        "cores": fields.integer("cores", 1, low=1) if fields.has("cores") else None,
        "memory_bytes": _size(fields, "memory"),
        "walltime_s": _time(fields),
        "scratch_bytes": _size(fields, "scratch"),
    }
    return {name: value for name, value in said.items() if value is not None}


def as_written(resources: Mapping[str, int]) -> dict[str, int | str]:
    """Return resources as they stand in a file: what `said_resources` reads.

    Parameters
    ----------
    resources : mapping of str to int

    Returns
    -------
    dict of str to int or str
    """
    words = {"walltime_s": duration_text, "memory_bytes": size_text, "scratch_bytes": size_text}
    return {
        name.rpartition("_")[0] or name: words[name](said) if name in words else said
        for name, said in resources.items()
    }


def read_environment(manifest: Fields) -> EnvironmentSpec:
    """Read the ``environment`` of a manifest; ``host`` when there is none."""
    fields = manifest.within("environment", ("kind", "lock", "probe", "image"))
    if fields is None:
        return EnvironmentSpec()
    kind = fields.choice("kind", KINDS, "host" if not fields.has("kind") else None)
    for key, kinds in (
        ("lock", ("python", "conda")),
        ("probe", ("host",)),
        ("image", ("container",)),
    ):
        if fields.has(key) and kind not in kinds:
            fields.problem(key, f"means nothing for the kind {kind!r}", "remove it")
        if not fields.has(key) and kind in kinds and key != "probe":
            fields.problem(key, f"is missing for the kind {kind!r}")
    return EnvironmentSpec(
        kind=kind,
        lock=fields.text("lock", "", pattern=_PATH, like="requirements.lock"),
        probes=_probes(fields),
        image=fields.text("image", "", pattern=_IMAGE, like="name@sha256:<64 hex digits>"),
    )


def _probes(fields: Fields) -> tuple[tuple[str, ...], ...]:
    probes = []
    for text in fields.texts("probe"):
        try:
            words = tuple(shlex.split(text))
        except ValueError as error:
            fields.problem("probe", f"{text!r}: {error}", "close the quotes")
            continue
        if words and words[0]:
            probes.append(words)
        else:
            fields.problem("probe", "a probe is a command", "probe: esorex --version")
    return tuple(probes)


def _size(fields: Fields, key: str) -> int | None:
    value = fields.mapping.get(key)
    size = size_bytes(value)
    if size is None and value is not None:
        fields.problem(key, f"{value!r} is not a size", f"{key}: 2GiB")
    return size


def _time(fields: Fields) -> int | None:
    pattern = re.compile(rf"|{DURATION.pattern}")
    return duration_s(fields.text("walltime", "", pattern=pattern, like='"00:20:00"'))
