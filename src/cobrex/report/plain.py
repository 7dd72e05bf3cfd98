"""Names made harmless for the places in Snakemake's report that do not escape."""

from __future__ import annotations

import re

_ALIKE = str.maketrans('<>{}:&"`', "‹›()∶+''")
_KEPT = frozenset(" .,+-/()=@·*[]'_‹›∶…")
_LONGEST = 80


def plain(value: object) -> str:
    """Make a name fit for a category, a label, a rule or a link target.

    Snakemake writes those into a script element (where ``</script>`` would end it), into
    reStructuredText link targets, and reads braces in them as wildcards.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
        One line of at most 80 characters: letters, digits and harmless signs.
    """
    line = " ".join(str(value).translate(_ALIKE).split())
    kept = "".join(sign if sign.isalnum() or sign in _KEPT else "·" for sign in line).strip(" _")
    return (kept if len(kept) <= _LONGEST else f"{kept[: _LONGEST - 1]}…") or "unnamed"


def parameter(value: object, longest: int = 2_000) -> str:
    """Make a text fit for a parameter shown in the report.

    Parameters
    ----------
    value : object
    longest : int
        Characters kept.

    Returns
    -------
    str
        One line that cannot end a script element.
    """
    line = " ".join(str(value).split()).replace("<", "‹").replace(">", "›").replace("\\", "/")
    line = line.encode("utf-8", "replace").decode("utf-8")
    return line if len(line) <= longest else f"{line[:longest]}…"


def slug(value: object) -> str:
    """Make a name fit for a folder.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
        ASCII letters, digits, dots, hyphens and underscores; at most 60, never only dots.
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "_", str(value)).strip("_.-")[:60] or "unnamed"
