"""A published version: what a tag stands for."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .semver import Semver

KINDS = ("recipe", "preset", "rules", "workflow", "suite")


class Version(NamedTuple):
    """One published version of a thing.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    namespace, name : str
        Whose and what.
    number : Semver
        Its version.
    tag_sha, commit_sha, tree_sha : str
        Git ids of the tag, its commit, the commit's root tree.
    published : datetime.datetime or None
        When, UTC.
    """

    kind: str
    namespace: str
    name: str
    number: Semver
    tag_sha: str
    commit_sha: str
    tree_sha: str
    published: datetime | None = None

    @property
    def version(self) -> str:
        """The version as text."""
        return str(self.number)

    @property
    def full_name(self) -> str:
        """Namespace and name: ``main/ifs_specpos``."""
        return f"{self.namespace}/{self.name}"

    @property
    def ref(self) -> str:
        """The tag's full ref name."""
        return ref_name(self.kind, self.namespace, self.name, self.number)

    def __str__(self) -> str:
        return f"{self.full_name}@{self.number}"


def ref_name(kind: str, namespace: str, name: str, number: Semver) -> str:
    """Return the full ref name of a publication."""
    return f"refs/tags/{kind}/{namespace}/{name}/{number}"
