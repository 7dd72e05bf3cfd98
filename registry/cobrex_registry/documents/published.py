"""Rules and workflows in the registry: published, and their text found again."""

from __future__ import annotations

from pathlib import Path

from cobrex_registry.ident import Author
from cobrex_registry.publication import publish_files
from cobrex_registry.reading.text_file import read_file
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.store.tree_files import PLAIN, TreeFile
from cobrex_registry.version import Version

from .heading import FILES, read_heading


def publish_document(
    registry: Registry,
    kind: str,
    path: Path,
    *,
    namespace: str = "main",
    author: Author | None = None,
) -> Version:
    """Publish a file of rules or a workflow.

    The same text again is a no-op. What the file means is checked by whoever calls.

    Parameters
    ----------
    registry : Registry
        Where to.
    kind : str
        ``rules`` (an instrument file) or ``workflow``.
    path : pathlib.Path
        The YAML file.
    namespace : str
        Whose it is.
    author : Author, optional
        Who publishes.

    Returns
    -------
    Version

    Raises
    ------
    RegistryError
        Of the document's kind; ``yaml``; ``version-taken`` when another text has this number.
    """
    data = read_file(path)
    text = data.decode("utf-8-sig")
    heading = read_heading(kind, text, str(path))
    return publish_files(
        registry,
        kind,
        Spec.parse(f"{namespace}/{heading.name}"),
        version=heading.version,
        files=[TreeFile(FILES[kind], PLAIN, data)],
        author=author or Author(),
    )


def text_of(registry: Registry, version: Version) -> str:
    """Return the text of published rules, or of a published workflow."""
    return registry.text(version, FILES[version.kind])
