"""The author's working repository: who publishes, and from which commit."""

from __future__ import annotations

from pathlib import Path

from git import Repo
from git.exc import GitCommandError, InvalidGitRepositoryError, NoSuchPathError

from cobrex_registry.ident import Author


def author_of(folder: Path, user: str) -> Author:
    """Return who publishes, by the author's git configuration.

    Parameters
    ----------
    folder : pathlib.Path
        What is published.
    user : str
        Name to fall back to when git knows none.

    Returns
    -------
    Author
    """
    repository = _open(folder)
    if repository is None:
        return Author(user)
    with repository, repository.config_reader() as config:
        name = str(config.get_value("user", "name", default=user))
        email = str(config.get_value("user", "email", default=""))
    return Author(name, email)


def source_of(folder: Path) -> dict[str, str]:
    """Return which commit a folder's files come from.

    Parameters
    ----------
    folder : pathlib.Path
        What is published.

    Returns
    -------
    dict of str to str
        ``Source-Commit`` and ``Source-Dirty``; empty when the folder is in no repository, or in
        one without a commit.
    """
    repository = _open(folder)
    if repository is None:
        return {}
    with repository:
        try:
            commit = repository.head.commit.hexsha
            dirty = repository.is_dirty(untracked_files=True, path=str(folder.absolute()))
        except (ValueError, GitCommandError):
            return {}
    return {"Source-Commit": commit, "Source-Dirty": "yes" if dirty else "no"}


def _open(folder: Path) -> Repo | None:
    try:
        return Repo(folder.absolute(), search_parent_directories=True)
    except (InvalidGitRepositoryError, NoSuchPathError):
        return None
