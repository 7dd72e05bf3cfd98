"""What comes from elsewhere, by sync or push, is checked like what is published here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cobrex_registry.admission.drafts import is_draft
from cobrex_registry.admission.lint import check_files
from cobrex_registry.documents.heading import FILES, read_heading
from cobrex_registry.errors import RegistryError
from cobrex_registry.locks import suite
from cobrex_registry.reading.fields import COMPONENT
from cobrex_registry.reading.problems import Problem
from cobrex_registry.recipe import preset
from cobrex_registry.recipe.code_hash import hash_files
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.semver import Semver
from cobrex_registry.store.git import Objects
from cobrex_registry.store.tree_files import (
    EXECUTABLE,
    LINK,
    MAX_FILE,
    MAX_FILES,
    MAX_TOTAL,
    PLAIN,
    TreeFile,
    name_problem,
    same_names,
    stays_inside,
)
from cobrex_registry.store.tree_hash import FOLDER, read_entries, root_id
from cobrex_registry.version import KINDS, Version

MAX_TAG = 1 << 20
MAX_ANCESTORS = 5000
_MAX_TREE = 4 << 20
_TAG = re.compile(
    rb"object ([0-9a-f]{40})\ntype ([a-z]+)\ntag ([^\n]+)\n"
    rb"tagger [^\n<>]+ <[^\n<>]*> (0|[1-9][0-9]{0,10}) [+-][0-9]{4}\n\n(.*)",
    re.S,
)
# as git's own check demands it, which older ones leave out for what comes in a bundle
_WHO = rb"[^\n<>]* <[^\n<>]*> (?:0|[1-9][0-9]{0,10}) [+-][0-9]{4}\n"
_COMMIT = re.compile(
    rb"tree ([0-9a-f]{40})\n((?:parent [0-9a-f]{40}\n)*)author %b(?:committer %b)" % (_WHO, _WHO)
)
_CODE_HASH = re.compile(r"^Code-Hash: (\S+)$", re.M)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A publication that has been read and checked.

    Attributes
    ----------
    version : Version
        What it publishes.
    data : bytes
        Contents of the tag object.
    manifest : Manifest or None
        Of a recipe.
    """

    version: Version
    data: bytes
    manifest: Manifest | None = None


def refused(reason: str, hint: str = "") -> RegistryError:
    """Return the error that keeps something out."""
    return RegistryError(reason, kind="refused", hint=hint)


def parts_of(ref: str) -> tuple[str, str, str, Semver]:
    """Return kind, namespace, name and version of a tag's ref.

    Raises
    ------
    RegistryError
        Of kind ``refused``.
    """
    parts = ref.removeprefix("refs/tags/").split("/")
    if (
        len(parts) != 4
        or parts[0] not in KINDS
        or not COMPONENT.fullmatch(parts[1])
        or not COMPONENT.fullmatch(parts[2])
    ):
        raise refused("no publication: tags are <kind>/<namespace>/<name>/<version>")
    if is_draft(parts[1]):
        raise refused(f"namespace {parts[1]} is kept for drafts: nothing is published in it")
    try:
        return parts[0], parts[1], parts[2], Semver.parse(parts[3])
    except RegistryError as error:
        raise refused(error.message) from error


def read_version(objects: Objects, ref: str, sha: str) -> tuple[Version, bytes]:
    """Return the version a tag stands for, and the tag.

    Parameters
    ----------
    objects : Objects
        Reader.
    ref : str
        Where it is to stand.
    sha : str
        What is to stand there.

    Returns
    -------
    version : Version
    data : bytes
        Contents of the tag object.

    Raises
    ------
    RegistryError
        Of kind ``refused``: a lightweight tag, the tag of a tag, one made for another ref.
    """
    kind, namespace, name, number = parts_of(ref)
    what, data = objects.read(sha, MAX_TAG)
    if what != "tag":
        raise refused(f"it points to a {what}, not to an annotated tag")
    header = _TAG.fullmatch(data)
    if header is None:
        raise refused("its tag is malformed")
    said = header[3].decode("utf-8", "replace")
    if header[2] != b"commit":
        raise refused(f"its tag is of a {header[2].decode()}, not of a commit")
    if f"refs/tags/{said}" != ref:
        raise refused(f"its tag was made for {said[:120]}")
    commit = header[1].decode()
    tree, _ = read_commit(objects, commit)
    published = datetime.fromtimestamp(int(header[4]), UTC)
    return Version(kind, namespace, name, number, sha, commit, tree, published), data


def read_commit(objects: Objects, sha: str) -> tuple[str, list[str]]:
    """Return tree and parents of a commit.

    Raises
    ------
    RegistryError
        Of kind ``refused`` when it is none.
    """
    what, data = objects.read(sha, MAX_TAG)
    header = _COMMIT.match(data) if what == "commit" else None
    if header is None:
        raise refused(f"{sha[:12]} is no commit")
    return header[1].decode(), [line[7:].decode() for line in header[2].splitlines()]


def check_arrival(
    objects: Objects, ref: str, sha: str, known: Callable[[str], bool] = lambda _: False
) -> Arrival:
    """Check a publication: tag, history, tree, manifest.

    Parameters
    ----------
    objects : Objects
        Reader.
    ref : str
        Where it is to stand.
    sha : str
        The tag.
    known : callable
        Tells whether a commit is that of a version which has been checked.

    Returns
    -------
    Arrival

    Raises
    ------
    RegistryError
        Of kind ``refused``, with the first thing that is wrong and how many more there are.
    """
    version, data = read_version(objects, ref, sha)
    _check_history(objects, version, known)
    files = read_files(objects, version.tree_sha, version.name)
    if root_id(files, version.name) != version.tree_sha:
        raise refused("its tree is not laid out as a publication: empty folders, or odd modes")
    if version.kind == "recipe":
        return Arrival(version, data, _check_recipe(version, files, data))
    if version.kind == "preset":
        _check_preset(version, files)
    elif version.kind == "suite":
        _check_suite(version, files)
    else:
        _check_document(version, files)
    return Arrival(version, data)


def read_files(objects: Objects, tree: str, name: str) -> list[TreeFile]:
    """Read the files below the one entry of a root tree.

    Parameters
    ----------
    objects : Objects
        Reader.
    tree : str
        Id of the root tree.
    name : str
        The only entry it may have.

    Returns
    -------
    list of TreeFile
        Ordered by path.

    Raises
    ------
    RegistryError
        Of kind ``refused``: other entries, names, modes, links or sizes than may be published.
    """
    files: list[TreeFile] = []
    queue = [("", _only_entry(objects, tree, name))]
    total, folders = 0, 0
    while queue:
        above, folder = queue.pop()
        folders += 1
        what, data = objects.read(folder, _MAX_TREE)
        for mode, sha, entry in read_entries(data) if what == "tree" else ():
            path = f"{above}{entry}"
            _check_entry(path, entry, mode)
            if mode == FOLDER:
                queue.append((f"{path}/", sha))
                continue
            files.append(_read_file(objects, path, mode, sha))
            total += len(files[-1].data)
            if total > MAX_TOTAL:
                raise refused(f"more than {MAX_TOTAL >> 20} MiB")
        if len(files) > MAX_FILES or folders + len(queue) > MAX_FILES:
            raise refused(f"more than {MAX_FILES} files")
    for path, other in same_names(one.path for one in files):
        raise refused(f"{_shown(path)}: some systems take it for {_shown(other)}")
    return sorted(files, key=lambda one: one.path)


def _only_entry(objects: Objects, tree: str, name: str) -> str:
    what, data = objects.read(tree, _MAX_TREE)
    entries = read_entries(data) if what == "tree" else []
    if len(entries) != 1 or entries[0][0] != FOLDER or entries[0][2] != name:
        found = ", ".join(_shown(entry[2]) for entry in entries[:3]) or "nothing"
        raise refused(f"its root is to hold the folder {name} alone, not {found}")
    return entries[0][1]


def _check_entry(path: str, name: str, mode: str) -> None:
    problem = name_problem(path, name)
    if problem is not None:
        raise refused(f"{_shown(path)}: {problem.message}")
    if mode not in {PLAIN, EXECUTABLE, LINK, FOLDER}:
        what = "a submodule" if mode == "160000" else f"of mode {mode[:8]}"
        raise refused(f"{_shown(path)}: is {what}; files, folders and links may be published")


def _read_file(objects: Objects, path: str, mode: str, sha: str) -> TreeFile:
    try:
        what, data = objects.read(sha, MAX_FILE)
    except RegistryError as error:
        raise refused(f"{_shown(path)}: larger than {MAX_FILE >> 20} MiB, or missing") from error
    if what != "blob":
        raise refused(f"{_shown(path)}: is no file")
    if mode == LINK and not stays_inside(path, data.decode("utf-8", "surrogateescape")):
        raise refused(f"{_shown(path)}: a link that leaves the folder")
    return TreeFile(path, mode, data)


def _check_history(objects: Objects, version: Version, known: Callable[[str], bool]) -> None:
    """Check the commits before: each the only parent, each with a tree of the same name."""
    commit = version.commit_sha
    for _ in range(MAX_ANCESTORS):
        tree, parents = read_commit(objects, commit)
        if len(parents) > 1:
            raise refused("its history is no line: a commit has several parents")
        if commit != version.commit_sha:
            _only_entry(objects, tree, version.name)
        if not parents or known(parents[0]):
            return
        commit = parents[0]
    raise refused(f"its history is longer than {MAX_ANCESTORS} commits")


def _check_recipe(version: Version, files: Sequence[TreeFile], data: bytes) -> Manifest:
    manifest, problems = check_files(files)
    if manifest is None or problems:
        raise refused(_told(problems))
    if (manifest.name, manifest.version) != (version.name, version.version):
        raise refused(f"its recipe.yaml says {manifest.name} {manifest.version}")
    said = _CODE_HASH.search(data.decode("utf-8", "replace"))
    if said and said[1] != hash_files(manifest, files):
        raise refused("the Code-Hash in its tag is not that of its files")
    return manifest


def _check_preset(version: Version, files: Sequence[TreeFile]) -> None:
    one = preset.parse(_only_file(files, preset.FILE), preset.FILE)
    if (one.published_name, one.version) != (version.name, version.version):
        raise refused(f"its preset.yaml says {one.published_name} {one.version}")


def _check_suite(version: Version, files: Sequence[TreeFile]) -> None:
    one = suite.parse(_only_file(files, suite.FILE), suite.FILE)
    if (one.name, one.version) != (version.name, version.version):
        raise refused(f"its suite.yaml says {one.name} {one.version}")


def _check_document(version: Version, files: Sequence[TreeFile]) -> None:
    file = FILES[version.kind]
    one = read_heading(version.kind, _only_file(files, file), file)
    if (one.name, one.version) != (version.name, version.version):
        raise refused(f"its {file} says {one.name} {one.version}")


def _only_file(files: Sequence[TreeFile], name: str) -> str:
    if [one.path for one in files] != [name] or files[0].mode == LINK:
        raise refused(f"it is to hold the file {name} alone")
    try:
        return files[0].data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(f"{name}: not UTF-8") from error


def _told(problems: Sequence[Problem]) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{min(problems)}{more}"


def _shown(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:120]
