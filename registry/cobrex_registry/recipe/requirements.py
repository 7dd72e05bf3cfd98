"""What a recipe needs around it: cores, memory, time, an environment."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from cobrex_registry.reading.fields import Fields

KINDS = ("host", "python", "conda", "container")
_SIZE = re.compile(r"([0-9]{1,9})\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB|k|K|M|G|T)?")
_TIME = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]{0,200}@sha256:[0-9a-f]{64}")
_DECIMAL = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


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
    fields = manifest.within("resources", ("cores", "memory", "walltime", "scratch"))
    if fields is None:
        return Resources()
    usual = Resources()
    return Resources(
        cores=fields.integer("cores", usual.cores, low=1),
        memory_bytes=_size(fields, "memory", usual.memory_bytes),
        walltime_s=_time(fields, usual.walltime_s),
        scratch_bytes=_size(fields, "scratch", usual.scratch_bytes),
    )


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


def _size(fields: Fields, key: str, default: int) -> int:
    value = fields.mapping.get(key)
    if value is None:
        return default
    match = _SIZE.fullmatch(str(value)) if isinstance(value, str | int) else None
    if match is None or isinstance(value, bool):
        fields.problem(key, f"{value!r} is not a size", f"{key}: 2GiB")
        return default
    unit = (match[2] or "").lower()
    scale = _BINARY[unit[0]] if unit.endswith("ib") else _DECIMAL[unit.rstrip("b")]
    return int(match[1]) * scale


def _time(fields: Fields, default: int) -> int:
    text = fields.text("walltime", "", pattern=re.compile(rf"|{_TIME.pattern}"), like='"00:20:00"')
    match = _TIME.fullmatch(text)
    if match is None:
        return default
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
