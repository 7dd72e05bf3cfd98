"""The manual page of a recipe, for people, made from its manifest."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cobrex_registry.store.tree_files import TreeFile

from .manifest import Manifest
from .metric import Metric
from .parameter import Parameter
from .preset import Preset

_INDENT = 7
_DEEPER = 14
_NARROWEST, _WIDEST = 40, 100
_README = re.compile(r"readme(\.(md|rst|txt))?", re.I)
_MAX_TEXT = 65_536


def manual(
    manifest: Manifest,
    *,
    name: str,
    presets: Mapping[str, Preset],
    files: Sequence[TreeFile] = (),
    width: int = 80,
) -> str:
    """Return the manual page of a recipe.

    Parameters
    ----------
    manifest : Manifest
    name : str
        What it is called when it is asked for: ``name``, ``namespace/name``, a path.
    presets : mapping of str to Preset
        By the names they go by.
    files : sequence of TreeFile
        Of the recipe: the one its ``docs`` names, or its README, is added.
    width : int
        Columns.

    Returns
    -------
    str
        Text without control characters.
    """
    page = _Page(min(max(width, _NARROWEST), _WIDEST))
    page.head("NAME", f"{manifest.name} {manifest.version} - {manifest.title}")
    _synopsis(page, manifest, name)
    if manifest.description:
        page.section("DESCRIPTION", manifest.description)
    _inputs(page, manifest)
    _parameters(page, manifest)
    _outputs(page, manifest)
    _metrics(page, manifest.qc)
    _presets(page, presets)
    _environment(page, manifest)
    _texts(page, manifest, files)
    return page.text()


class _Page:
    """Paragraphs at two depths, folded to a width."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []

    def head(self, title: str, *paragraphs: str) -> None:
        if self.lines:
            self.lines.append("")
        self.lines.append(title)
        for paragraph in paragraphs:
            self.paragraph(paragraph)

    def section(self, title: str, text: str) -> None:
        """A section of running text: its empty lines part paragraphs."""
        self.head(title)
        parts = [p for p in re.split(r"\n\s*\n", _plain(text).strip()) if p]
        for number, part in enumerate(parts):
            if number:
                self.lines.append("")
            self.paragraph(part)

    def paragraph(self, text: str, depth: int = _INDENT, hanging: int = 0) -> None:
        margin = " " * depth
        self.lines += textwrap.wrap(
            " ".join(_plain(text).split()),
            self.width,
            initial_indent=margin,
            subsequent_indent=margin + " " * hanging,
            break_on_hyphens=False,
        )

    def words(self, words: Sequence[str]) -> None:
        """A line of words that hold blanks and are not parted there."""
        glued = " ".join(_plain(word).replace(" ", "\x1f") for word in words)
        margin = " " * _INDENT
        lines = textwrap.wrap(
            glued,
            self.width,
            initial_indent=margin,
            subsequent_indent=margin + "    ",
            break_long_words=False,  # a path is copied whole
            break_on_hyphens=False,
        )
        self.lines += [line.replace("\x1f", " ") for line in lines]

    def item(self, name: str, about: Iterable[str]) -> None:
        self.paragraph(name, hanging=4)
        for text in about:
            if text:
                self.paragraph(text, _DEEPER)

    def verbatim(self, text: str) -> None:
        """A text file as it is; lines that are too long go on below."""
        for line in _plain(text).split("\n"):
            blank = len(line) - len(line.lstrip())
            self.lines += textwrap.wrap(
                line,
                self.width,
                initial_indent=" " * _INDENT,
                subsequent_indent=" " * min(_INDENT + blank, self.width // 2),
                break_on_hyphens=False,
                drop_whitespace=True,
                replace_whitespace=False,
            ) or [""]

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines) + "\n"


def _plain(text: str) -> str:
    """Without control characters: manifests and READMEs are somebody else's."""
    shown = text.replace("\t", "    ").replace("\r\n", "\n")
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in shown)


def _synopsis(page: _Page, manifest: Manifest, name: str) -> None:
    words = ["[--preset NAME]"] if manifest.parameters else []
    words += [f"[--set {p.name}={p.type.upper()}]" for p in manifest.parameters]
    page.head("SYNOPSIS")
    page.words([f"cobrex reduce --recipe {name}", *words])
    page.lines.append("")
    page.paragraph(f"What is started: {manifest.command}", hanging=4)


def _inputs(page: _Page, manifest: Manifest) -> None:
    page.head("INPUTS", "In the order of the SOF.")
    for one in manifest.inputs:
        about = [
            f"{_count(one.min, one.max)} of type {' or '.join(one.frame_types)}"
            + ("; the main input" if one.main else ""),
            one.description,
        ]
        page.item(one.role, about)


def _parameters(page: _Page, manifest: Manifest) -> None:
    if not manifest.parameters:
        page.head("PARAMETERS", "None.")
        return
    page.head("PARAMETERS")
    for one in manifest.parameters:
        page.item(f"{one.name}  ({one.type})", [one.description, _values(one)])


def _values(one: Parameter) -> str:
    unit = f" {one.unit}" if one.unit else ""
    none = one.default is None
    said = ["Not given unless set." if none else f"Default {_shown(one.default)}{unit}."]
    if one.choices:
        said.append(f"One of {', '.join(_shown(c) for c in one.choices)}.")
    elif one.min is not None or one.max is not None:
        said.append(f"{_range((one.min, one.max))}{unit}.")
    return " ".join(said)


def _outputs(page: _Page, manifest: Manifest) -> None:
    page.head("OUTPUTS")
    for one in manifest.outputs:
        about = [
            f"{_count(one.min, one.max)} of type {one.frame_type}, file {one.file}"
            + ("; the main product" if one.main else "")
            + ("; intermediate" if one.intermediate else ""),
            one.description,
        ]
        page.item(one.role, about)


def _metrics(page: _Page, metrics: Sequence[Metric]) -> None:
    if not metrics:
        return
    page.head("QUALITY CONTROL")
    for one in metrics:
        unit = f" {one.unit}" if one.unit else ""
        accepted = (
            f"Accepted: {_range(one.range).lower()}{unit}; otherwise {one.action}."
            if one.range != (None, None)
            else f"Measured{f' in {one.unit}' if one.unit else ''}; any value is accepted."
        )
        page.item(one.name, [one.description, accepted])


def _presets(page: _Page, presets: Mapping[str, Preset]) -> None:
    if not presets:
        return
    page.head("PRESETS")
    for name, one in presets.items():
        values = ", ".join(f"{n} = {_shown(v)}" for n, v in one.parameters.items())
        page.item(f"{name}  ({one.version})", [one.title, values or "The defaults."])


def _environment(page: _Page, manifest: Manifest) -> None:
    spec, needs = manifest.environment, manifest.resources
    made = {
        "host": "The machine as it is"
        + (f"; probed by: {'; '.join(' '.join(p) for p in spec.probes)}" if spec.probes else ""),
        "container": f"Container {spec.image}",
    }
    page.head("ENVIRONMENT", f"{made.get(spec.kind, f'{spec.kind}, locked by {spec.lock}')}.")
    minutes = -(-needs.walltime_s // 60)
    page.paragraph(
        f"At most {needs.cores} {'core' if needs.cores == 1 else 'cores'}, "
        f"{_size(needs.memory_bytes)} of memory, {_size(needs.scratch_bytes)} of disk, "
        f"{minutes} {'minute' if minutes == 1 else 'minutes'}."
    )


def _texts(page: _Page, manifest: Manifest, files: Sequence[TreeFile]) -> None:
    named = _document(manifest, files)
    if named is not None:
        page.head(f"DOCUMENTATION ({_plain(named.path)})")
        page.verbatim(named.data[:_MAX_TEXT].decode("utf-8-sig", "replace").strip("\n"))
    elif manifest.docs:
        page.section("DOCUMENTATION", manifest.docs)
    if manifest.authors:
        page.head("AUTHORS")
        for one in manifest.authors:
            more = ", ".join(x for x in (one.role, one.affiliation) if x)
            email = f" <{one.email}>" if one.email else ""
            page.paragraph(f"{one.name}{email}{f' ({more})' if more else ''}", hanging=4)
    for title, text in (
        ("CONTACT", manifest.contact),
        ("REPORTING BUGS", manifest.issues_url),
        ("CITATION", manifest.citation),
        ("LICENSE", manifest.license),
    ):
        if text:
            page.section(title, text)


def _document(manifest: Manifest, files: Sequence[TreeFile]) -> TreeFile | None:
    wanted = manifest.docs.removeprefix("./")
    by_name = next((one for one in files if one.path == wanted), None)
    if by_name is not None or wanted:
        return by_name
    return next((one for one in files if _README.fullmatch(one.path)), None)


def _count(low: int, high: int | None) -> str:
    if high is None:
        return "Any number" if low == 0 else f"{low} or more"
    if low == high:
        return str(low)
    return f"At most {high}" if low == 0 else f"{low} to {high}"


def _range(ends: tuple[float | None, float | None]) -> str:
    low, high = ends
    if low is not None and high is not None:
        return f"From {low} to {high}"
    return f"At least {low}" if low is not None else f"At most {high}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(_shown(item) for item in value) or "none"
    return str(value) if value != "" else "empty"


def _size(count: int) -> str:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} bytes"
