"""cobrex recipe: new, lint, publish, copy, diff: what an author does."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AsJson
from .recipe_test import before_publishing

if TYPE_CHECKING:
    from collections.abc import Callable

    from cobrex_registry.repository import Registry
    from cobrex_registry.version import Version

Folder = Annotated[Path, typer.Argument(help="Folder that holds recipe.yaml.")]
Namespace = Annotated[str, typer.Option(help="Whose recipe it is.")]


class Level(StrEnum):
    """How much changed."""

    major = "major"
    minor = "minor"
    patch = "patch"


class Template(StrEnum):
    """What a new recipe begins with."""

    python = "python"
    esorex = "esorex"
    command = "command"


def new(
    name: Annotated[str, typer.Argument(help="Of the recipe: my_dark.")],
    folder: Annotated[
        Path | None, typer.Argument(help="Where, new or empty; ./NAME by default.")
    ] = None,
    template: Annotated[
        Template, typer.Option(help="Python code, a CPL recipe, or any program.")
    ] = Template.python,
    instrument: Annotated[str, typer.Option(help="For people: SPHERE/IFS.")] = "SPHERE",
    takes: Annotated[
        str, typer.Option("--in", metavar="TYPE", help="Frame type it reduces; NAME_RAW.")
    ] = "",
    makes: Annotated[
        str, typer.Option("--out", metavar="TYPE", help="Frame type it makes; NAME_PRODUCT.")
    ] = "",
) -> None:
    """Write the folder of a new recipe that works, to be changed into yours."""
    from cobrex.cli.output import say
    from cobrex_registry.authoring.scaffold import check_name, create

    place = folder or Path(check_name(name))
    create(place, name, template=template.value, instrument=instrument, takes=takes, makes=makes)
    files = ", ".join(sorted(one.name for one in place.iterdir()))
    draft = place if place.is_absolute() else f"./{place}"
    say(
        f"{place}: {files}",
        f"next: change it; try it: cobrex reduce --frame {takes or 'TYPE'} --recipe {draft}",
        f"then: cobrex recipe publish {place}",
    )


def lint(
    path: Folder,
    fix: Annotated[
        bool, typer.Option("--fix", help="Put right what a program can; comments stay.")
    ] = False,
) -> None:
    """Check a recipe's folder and tell all that is wrong with it."""
    from cobrex.cli.output import say
    from cobrex_registry.admission.lint import lint as lint_folder
    from cobrex_registry.authoring.mend import mend
    from cobrex_registry.reading.problems import refusal

    if fix:
        say(*(f"mended: {one}" for one in mend(path)))
    problems = lint_folder(path)
    if problems:
        raise refusal(problems, "manifest", shown=50)
    say(f"{path}: nothing is wrong")


def publish(
    path: Folder,
    namespace: Namespace = "main",
    bump: Annotated[
        bool, typer.Option("--bump", help="Raise the version in recipe.yaml as far as it must be.")
    ] = False,
    bump_to: Annotated[
        Level | None, typer.Option(help="--bump, and at least this much: results moved, say.")
    ] = None,
    no_test: Annotated[
        bool, typer.Option("--no-test", help="Do not run the recipe's own tests before.")
    ] = False,
    to: Annotated[
        str,
        typer.Option(metavar="SERVER", help="On this server first: published there and here."),
    ] = "",
) -> None:
    """Check a recipe and publish its version, which never changes afterwards."""
    from functools import partial

    from cobrex import settings
    from cobrex.cli.output import note, say
    from cobrex.registry import open_registry
    from cobrex.trial.publishing import Checked
    from cobrex_registry.authoring.author import author_of, source_of
    from cobrex_registry.authoring.bump import publish_raised
    from cobrex_registry.publication import publish as publish_folder

    current = settings.load()
    registry = open_registry(current)
    deliver = _delivery(registry, path, namespace, to, current.server) if to else None
    raised = bump or bump_to is not None
    checked = (
        Checked()
        if no_test
        else before_publishing(registry, current, path, namespace, raised=raised)
    )
    action: Callable[..., Version] = publish_folder
    if raised:
        action = partial(publish_raised, level=checked.level((bump_to or Level.patch).value))
    before = {one.ref for one in registry.list("recipe")}
    version = action(
        registry,
        path,
        namespace=namespace,
        author=author_of(path, current.user),
        source=source_of(path),
        deliver=deliver,
    )
    known = version.ref in before
    place = f", here and on {to}" if to else ""
    say(f"{version} {'was published already' if known else 'is published'}{place}")
    if warning := checked.warning(version.number):
        note(f"warning: {warning}")


def _delivery(
    registry: Registry, path: Path, namespace: str, to: str, server: str
) -> Callable[[str, str], None]:
    """Learn what a server has of a recipe; return what takes a version there."""
    from cobrex_registry.recipe.manifest import FILE, parse
    from cobrex_registry.recipe.manifest_file import read_text
    from cobrex_registry.semver import Spec
    from cobrex_registry.servers import peers
    from cobrex_registry.servers.delivery import Delivery

    peer = peers.find(registry.path, to)
    spec = Spec.parse(f"{namespace}/{parse(read_text(path), FILE).name}")
    delivery = Delivery(registry, peer, f"recipe/{spec.full_name}", server)
    delivery.learn()
    return delivery


def copy(
    recipe: Annotated[str, typer.Argument(help="NAME, NAME@VERSION or NAME@RANGE.")],
    name: Annotated[str, typer.Argument(help="Of the copy: NAME or NAMESPACE/NAME.")],
    folder: Annotated[
        Path | None, typer.Argument(help="Where, new or empty; ./NAME by default.")
    ] = None,
) -> None:
    """Copy a published recipe into a folder, under another name, to be changed there."""
    from cobrex import settings
    from cobrex.cli.output import say
    from cobrex.registry import open_registry
    from cobrex_registry.authoring.copying import copy as copy_version
    from cobrex_registry.authoring.scaffold import check_name
    from cobrex_registry.semver import Spec

    namespace, slash, bare = name.rpartition("/")
    spec = Spec.parse(name) if slash else None
    place = folder or Path(check_name(bare))
    registry = open_registry(settings.load())
    version = registry.resolve("recipe", recipe)
    copy_version(registry, version, bare, place)
    words = f" --namespace {namespace}" if spec and namespace != "main" else ""
    say(
        f"{place}: a copy of {version}",
        f"next: change it, then cobrex recipe publish {place}{words}",
    )


def diff(
    old: Annotated[str, typer.Argument(help="NAME@VERSION, or a folder: ./NAME.")],
    new: Annotated[
        str, typer.Argument(help="The same; by default OLD is new, and compared with the last.")
    ] = "",
    namespace: Annotated[
        str, typer.Option(help="Where the last version of a folder's recipe is.")
    ] = "main",
    as_json: AsJson = False,
) -> None:
    """Show what is different between two versions, and what the number must say of it."""
    from cobrex import settings
    from cobrex.cli import diff_view
    from cobrex.cli.output import emit_json
    from cobrex.registry import open_registry
    from cobrex_registry.authoring.recipe_diff import diff as compare_sides
    from cobrex_registry.authoring.recipe_side import last_side, side

    registry = open_registry(settings.load())
    after = side(registry, new or old)
    before = side(registry, old) if new else last_side(registry, after, namespace)
    found = compare_sides(before, after)
    if as_json:
        emit_json(diff_view.as_json(found))
    else:
        diff_view.show(found)
