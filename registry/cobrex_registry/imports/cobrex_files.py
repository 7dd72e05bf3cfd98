"""Imports files of the data centre's client: all of them, or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cobrex_registry.discard import discard
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.written import umask

from .association_xml import Rules, is_rules, read_rules
from .cobrex_xml import ROOT, Proposed, read_recipe
from .new_place import demand_new
from .safe_xml import Element, read, refused

ASSOCIATIONS = "associations"


@dataclass(slots=True)
class Brought:
    """What an import wrote.

    Attributes
    ----------
    recipes : list of (pathlib.Path, Proposed)
        Folder and content of each recipe.
    rules : list of (pathlib.Path, Rules)
        File and content of each list of rules.
    """

    recipes: list[tuple[Path, Proposed]] = field(default_factory=list)
    rules: list[tuple[Path, Rules]] = field(default_factory=list)


def import_files(paths: Sequence[Path], into: Path) -> Brought:
    """Write recipe folders and rules from ExecutableRecipe.xml and AssociationRules.xml.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Files of both kinds, told apart by what they hold.
    into : pathlib.Path
        Gets a folder for each recipe, and ``associations/NAME.yaml`` for each list of rules.

    Returns
    -------
    Brought

    Raises
    ------
    RegistryError
        Of kind ``xml`` with file, line and column, or ``import``: nothing is written then.
    """
    roots = [(path, read(path)) for path in dict.fromkeys(paths)]
    brought = Brought()
    taken: dict[Path, Path] = {}
    for path, root in roots:
        if root.tag == ROOT:
            proposed = read_recipe(path, root)
            place = into / proposed.manifest.name
            _claim(taken, place, path)
            brought.recipes.append((place, proposed))
    known = {one.manifest.name: one.manifest for _, one in brought.recipes}
    for path, root in roots:
        if root.tag != ROOT:
            place = into / ASSOCIATIONS / f"{path.stem}.yaml"
            _claim(taken, place, path)
            brought.rules.append((place, _rules(path, root, known)))
    try:
        _write(brought, {place: path.name for place, path in taken.items()}, into)
    except OSError as error:
        raise RegistryError(
            f"{error.filename or into} cannot be written: {error.strerror or error}",
            hint="see that you may write there, or write elsewhere with --into",
            kind="import",
        ) from error
    return brought


def _rules(path: Path, root: Element, known: Mapping[str, Manifest]) -> Rules:
    if not is_rules(root):
        raise refused(
            path,
            root.line,
            root.column,
            f"<{root.tag}> is neither an <{ROOT}> nor a list of <recipe id=...>",
            "name an ExecutableRecipe.xml or an AssociationRules.xml",
        )
    return read_rules(path, root, known)


def _claim(taken: dict[Path, Path], place: Path, path: Path) -> None:
    if place in taken:
        raise RegistryError(
            f"{taken[place]} and {path} would both be {place}",
            hint="import them one by one, into folders of their own",
            kind="import",
        )
    demand_new(place)
    taken[place] = path


def _write(brought: Brought, sources: dict[Path, str], into: Path) -> None:
    """Write all beside their places, then rename; what fails takes back what was renamed."""
    into.mkdir(parents=True, exist_ok=True)
    with ExitStack() as undo:
        waiting = Path(tempfile.mkdtemp(prefix=".import.", dir=into))
        undo.callback(discard, waiting)
        ready: list[tuple[Path, Path]] = []
        for number, (place, proposed) in enumerate(brought.recipes):
            folder = waiting / str(number)
            for name, data in proposed.files.items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                if name in proposed.executable:
                    target.chmod(target.stat().st_mode | 0o111 & ~umask())
            ready.append((folder, place))
        for number, (place, rules) in enumerate(brought.rules):
            file = waiting / f"{number}.yaml"
            file.write_text(rules.document(sources[place]), encoding="utf-8")
            ready.append((file, place))
        _rename(ready)


def _rename(ready: list[tuple[Path, Path]]) -> None:
    done: list[tuple[Path, Path]] = []
    try:
        for source, place in ready:
            place.parent.mkdir(exist_ok=True)
            source.rename(place)
            done.append((source, place))
    except OSError:
        for source, place in done:
            place.rename(source)
        raise
