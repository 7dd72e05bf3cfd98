"""Publishing: from a folder to a tag that never changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from .admission.comparison import demand_bump
from .admission.drafts import refuse_drafts
from .admission.lint import read_sound
from .errors import RegistryError
from .ident import Author, caller
from .recipe.code_hash import hash_files
from .recipe.manifest import Manifest
from .repository import Registry
from .roles import check_publish
from .semver import Semver, Spec
from .store.loose import write_objects
from .store.objects import commit_data, file_objects, moment, tag_data
from .store.refs import create
from .store.tree_files import TreeFile
from .store.tree_hash import object_id, root_id
from .version import Version, ref_name

Deliver = Callable[[str, str], None]


def publish(
    registry: Registry,
    folder: Path,
    *,
    namespace: str = "main",
    author: Author | None = None,
    source: Mapping[str, str] | None = None,
    deliver: Deliver | None = None,
) -> Version:
    """Check a recipe's folder and publish it.

    The same files again are a no-op. Killed at any instant, the version is published or is not.

    Parameters
    ----------
    registry : Registry
        Where to.
    folder : pathlib.Path
        Holds ``recipe.yaml`` and the recipe's files.
    namespace : str
        Whose it is.
    author : Author, optional
        Who publishes.
    source : mapping of str to str, optional
        Where the files come from, written into the tag: ``{"Source-Commit": ...}``.
    deliver : callable, optional
        As of `publish_files`.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``manifest`` with all that lint finds; ``version-taken`` when other files are
        published under this version; ``bump-too-small`` when the number is raised less than what
        changed.
    """
    files, manifest = read_sound(folder)
    spec = Spec.parse(f"{namespace}/{manifest.name}")
    notes = {"Code-Hash": hash_files(manifest, files), **(source or {})}
    if manifest.copied_from:
        notes["Copied-From"] = manifest.copied_from
    return publish_files(
        registry,
        "recipe",
        spec,
        version=manifest.version,
        files=files,
        author=author or _first_author(manifest),
        notes=notes,
        check=partial(demand_bump, registry, manifest, Semver.parse(manifest.version)),
        deliver=deliver,
    )


def publish_files(
    registry: Registry,
    kind: str,
    spec: Spec,
    *,
    version: str,
    files: Sequence[TreeFile],
    author: Author,
    notes: Mapping[str, str] | None = None,
    check: Callable[[Sequence[Version]], None] | None = None,
    deliver: Deliver | None = None,
) -> Version:
    """Publish files that have been checked.

    Parameters
    ----------
    registry : Registry
        Where to.
    kind : str
        ``recipe``, ``preset`` ...
    spec : Spec
        Namespace and name.
    version : str
        Semantic version.
    files : sequence of TreeFile
        The tree below the name.
    author : Author
        Who publishes.
    notes : mapping of str to str, optional
        Trailers of the tag's message.
    check : callable, optional
        Gets the versions that are published, old to new; what it raises keeps a new one out.
    deliver : callable, optional
        Gets ref and tag when all objects are on disk and no ref is; what it raises keeps the
        version from being published here. A version that is published already is delivered too.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of kind ``version-taken``.
    """
    refuse_drafts(spec.namespace)
    number = Semver.parse(version)
    tree = root_id(files, spec.name)
    published = registry.versions(kind, spec.full_name)
    taken = next((one for one in published if str(one.number) == str(number)), None)
    if taken is not None:
        _same_or_refuse(taken, tree)
        if deliver is not None:
            deliver(taken.ref, taken.tag_sha)
        return taken
    if check is not None:
        check(published)
    check_publish(registry.path, spec.namespace, caller())
    older = [one for one in published if one.number < number]
    git = registry.git
    when = moment()
    title = f"{kind} {spec.full_name} {number}"
    parents = [older[-1].commit_sha] if older else []
    commit = commit_data(tree, parents, title, author=author, when=when)
    ref = ref_name(kind, spec.namespace, spec.name, number)
    message = title + "\n" + "".join(f"\n{key}: {value}" for key, value in (notes or {}).items())
    tag = tag_data(
        object_id("commit", commit), "commit", ref.removeprefix("refs/tags/"), message,
        author=author, when=when, key=registry.signing.key,
    )  # fmt: skip
    objects = [*file_objects(files, spec.name), ("commit", commit), ("tag", tag)]
    *_, commit_sha, tag_sha = write_objects(git.path, objects)
    if deliver is not None:
        deliver(ref, tag_sha)
    if create(git, ref, tag_sha):
        at = datetime.fromtimestamp(int(when.split()[0]), UTC)
        return Version(kind, spec.namespace, spec.name, number, tag_sha, commit_sha, tree, at)
    made = next((one for one in registry.versions(kind, spec.full_name) if one.ref == ref), None)
    if made is None:
        raise RegistryError(
            f"{ref} exists, but is no publication",
            hint="see the registry with git for-each-ref",
            kind="registry",
        )
    return _same_or_refuse(made, tree)


def _same_or_refuse(taken: Version, tree: str) -> Version:
    if taken.tree_sha != tree:
        raise RegistryError(
            f"{taken.kind} {taken.full_name} {taken.number} is already published with other files",
            kind="version-taken",
            hint="a published version never changes: raise the version"
            + (", or publish with --bump" if taken.kind == "recipe" else ""),
        )
    return taken


def _first_author(manifest: Manifest) -> Author:
    if not manifest.authors:
        return Author()
    return Author(manifest.authors[0].name, manifest.authors[0].email)
