"""The registry: a bare git repository whose tags are the published versions."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .discard import discard
from .errors import RegistryError
from .index.index import Index
from .index.thing import Thing, name_of
from .reading.near_miss import near_miss
from .reading.text_file import MAX_BYTES
from .recipe import manifest as manifests
from .recipe.manifest import Manifest
from .resolution import choose, short, warnings
from .semver import Spec
from .store.git import Git, Objects
from .store.signing import Signing
from .version import KINDS, Version


@dataclass(slots=True, eq=False)
class Registry:
    """Published recipes, presets, rules, workflows and suites.

    Attributes
    ----------
    git : Git
        The bare repository.
    blocked : dict of str to RegistryError
        Recipes, by full name, whose shipped files could not be published; asking for one raises
        the reason.
    warnings : list of str
        What `resolve` had to say of versions it gave, each once; the door prints it.
    signing : Signing
        The key tags are signed with, and whose signatures count.
    """

    git: Git
    blocked: dict[str, RegistryError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    signing: Signing = field(default_factory=Signing)
    index: Index = field(init=False)

    def __post_init__(self) -> None:
        """Put the index beside the refs."""
        self.index = Index(self.git)

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Registry:
        """Open a registry.

        Parameters
        ----------
        path : pathlib.Path
            The bare repository.
        create : bool
            Whether a missing one is made.

        Returns
        -------
        Registry

        Raises
        ------
        RegistryError
            Of kind ``registry``: not there, no repository, or it cannot be made.
        """
        if not (path / "HEAD").is_file():
            if not create:
                raise RegistryError(
                    f"there is no registry at {path}", hint="cobrex recipe list makes one"
                )
            _create(path)
        return cls(Git(path))

    @property
    def path(self) -> Path:
        """The bare repository."""
        return self.git.path

    def list(self, kind: str) -> tuple[Version, ...]:
        """Return all published versions of a kind.

        Parameters
        ----------
        kind : str
            One of `cobrex_registry.version.KINDS`.

        Returns
        -------
        tuple of Version
            By namespace, name, and version from old to new.
        """
        return tuple(one for thing in self.things(kind) for one in thing.versions)

    def versions(self, kind: str, name: str) -> tuple[Version, ...]:
        """Return the versions of one thing, from old to new.

        Parameters
        ----------
        kind : str
            One of `cobrex_registry.version.KINDS`.
        name : str
            ``name`` or ``namespace/name``.

        Returns
        -------
        tuple of Version
            Empty when nothing of that name is published.
        """
        return tuple(self.thing(kind, name).versions)

    def things(self, kind: str) -> tuple[Thing, ...]:
        """Return everything of a kind, with versions, standing and channels.

        Returns
        -------
        tuple of Thing
            By namespace and name; one that is damaged says so in its ``trouble``.
        """
        return tuple(self.index.things(_known(kind)))

    def thing(self, kind: str, name: str | Spec) -> Thing:
        """Return one thing with its versions, their standing and its channels.

        Parameters
        ----------
        kind : str
            One of `cobrex_registry.version.KINDS`.
        name : str or Spec
            ``name`` or ``namespace/name``.

        Returns
        -------
        Thing
            Without versions when nothing of that name is published.
        """
        spec = Spec.parse(name) if isinstance(name, str) else name
        return self.index.thing(name_of(_known(kind), spec))

    def resolve(self, kind: str, spec: Spec | str) -> Version:
        """Return the highest published version that will do.

        Parameters
        ----------
        kind : str
            One of `cobrex_registry.version.KINDS`.
        spec : Spec or str
            ``name``, ``name@1.2.0``, ``name@^1.2``, ``namespace/name@>=1,<2``,
            ``name#production``.

        Returns
        -------
        Version
            That it is yanked or deprecated is added to ``warnings``.

        Raises
        ------
        RegistryError
            Of kind ``unknown-recipe`` (``unknown-preset`` ...), ``unknown-version`` or
            ``unknown-channel``, with the nearest names or versions; of kind ``yanked``.
        """
        wanted = Spec.parse(spec) if isinstance(spec, str) else spec
        if kind == "recipe" and wanted.full_name in self.blocked:
            raise self.blocked[wanted.full_name]
        thing = self.thing(kind, wanted)
        if not thing.versions and not thing.trouble:
            raise self.unknown(kind, wanted)
        version = choose(thing, wanted)
        self.warnings += [one for one in warnings(thing, version) if one not in self.warnings]
        return version

    def manifest(self, version: Version) -> Manifest:
        """Return the manifest of a published recipe.

        Parameters
        ----------
        version : Version
            As `resolve` gave it.

        Returns
        -------
        Manifest
        """
        return self.manifests([version])[0]

    def manifests(self, versions: Sequence[Version]) -> tuple[Manifest, ...]:
        """Return the manifests of several published recipes, read by one git."""
        texts = self.texts(versions, manifests.FILE)
        return tuple(
            manifests.parse(text, f"{version}:{manifests.FILE}")
            for version, text in zip(versions, texts, strict=True)
        )

    def text(self, version: Version, file: str) -> str:
        """Return a text file of a published version."""
        return self.texts([version], file)[0]

    def texts(self, versions: Sequence[Version], file: str) -> tuple[str, ...]:
        """Return the same text file of several published versions, read by one git.

        Raises
        ------
        RegistryError
            Of kind ``git`` when it is not there or too large, ``yaml`` when it is not UTF-8.
        """
        if not versions:
            return ()
        with self.git.objects() as objects:
            return tuple(_text(objects, one, file) for one in versions)

    def unknown(self, kind: str, wanted: Spec) -> RegistryError:
        """Return the error that says that nothing of a name is published, with the nearest."""
        names = {short(one.full_name) for one in self.things(kind)}
        name = short(wanted.full_name)
        return RegistryError(
            f"no {kind} {name!r} is published",
            kind=f"unknown-{kind}",
            hint=near_miss(name, names) or f"no {kind} is published yet",
        )


def _text(objects: Objects, version: Version, file: str) -> str:
    try:
        data = objects.read(f"{version.commit_sha}:{version.name}/{file}", MAX_BYTES)[1]
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegistryError(
            f"{version}:{file}: not UTF-8 at byte {error.start}",
            kind="yaml",
            hint="cobrex recipe fsck tells what is damaged and how it is mended",
        ) from error


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise RegistryError(f"{kind[:40]!r} is no kind of thing", hint=near_miss(kind, KINDS))
    return kind


def _create(path: Path) -> None:
    """Make an empty registry in a sibling folder and rename it into place."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RegistryError(f"{path} is not a registry", hint="move it away: a new one is made")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shared = path.parent.stat().st_mode & stat.S_IWGRP
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise RegistryError(
            f"no registry can be made at {path}: {error.strerror or error}",
            hint="see that you may write there, or set COBREX_STORE",
        ) from error
    try:
        _initialise(folder, bool(shared))
        folder.replace(path)
    except OSError as error:
        if not (path / "HEAD").is_file():  # otherwise somebody else was faster
            raise RegistryError(
                f"no registry can be made at {path}: {error.strerror or error}",
                hint="see that you may write there",
            ) from error
    finally:
        discard(folder)


def _initialise(folder: Path, shared: bool) -> None:
    folder.chmod(0o2775 if shared else 0o755)
    lock = folder / "cobrex.lock"
    lock.touch()
    lock.chmod(0o664 if shared else 0o644)
    git = Git(folder)
    sharing = ("--shared=group",) if shared else ()
    git.run(
        "init", "--quiet", "--bare", "--template=", "--initial-branch=main", *sharing, str(folder)
    )
    for key, value in (
        ("receive.denyDeletes", "true"),
        ("receive.denyNonFastForwards", "true"),
        ("transfer.fsckObjects", "true"),
        ("gc.auto", "0"),
    ):
        git.run("config", key, value)
