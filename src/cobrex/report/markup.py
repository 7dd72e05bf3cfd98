"""HTML in small pieces, where everything is escaped unless it is already HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from .style import STYLE

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_TONES = {
    "pass": "good",
    "done": "plain",
    "warn": "warn",
    "fail": "bad",
    "failed": "bad",
    "lost": "bad",
    "blocked": "held",
}


class Html(str):
    """Text that is HTML already; any other text is escaped when it is put on a page."""

    __slots__ = ()


def escape(value: object) -> Html:
    """Make a value safe for a page.

    Parameters
    ----------
    value : object
        Anything; `Html` passes unchanged, ``None`` becomes a dash.

    Returns
    -------
    Html
        Escaped, without control, direction-changing or unpaired surrogate characters.
    """
    if isinstance(value, Html):
        return value
    if value is None or value == "":
        return Html("–")
    text = str(value)
    if not text.isprintable():  # most is, and this is told sooner
        text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return Html(html.escape(text))


def join(parts: Iterable[object], between: str = "") -> Html:
    """Put pieces one after the other.

    Parameters
    ----------
    parts : iterable of object
        Each escaped unless it is `Html`.
    between : str
        HTML between two pieces.

    Returns
    -------
    Html
    """
    return Html(between.join(escape(part) for part in parts))


def element(tag: str, content: object, *, kind: str = "") -> Html:
    """Wrap content in a tag.

    Parameters
    ----------
    tag : str
        Tag name, from the code, never from data.
    content : object
        Escaped unless it is `Html`.
    kind : str
        CSS class, from the code, never from data.

    Returns
    -------
    Html
    """
    attribute = f' class="{kind}"' if kind else ""
    return Html(f"<{tag}{attribute}>{escape(content)}</{tag}>")


def code(value: object) -> Html:
    """Set an identifier, path or command in fixed width.

    Parameters
    ----------
    value : object

    Returns
    -------
    Html
    """
    return element("code", value)


def link(url: str, text: object) -> Html:
    """Lead to another site, in a window of its own; only where the reader clicks.

    Parameters
    ----------
    url : str
        Anything but http or https is shown as text alone.
    text : object
        Escaped unless it is `Html`.

    Returns
    -------
    Html
    """
    if not url.startswith(("https://", "http://")):
        return escape(text)
    where = html.escape(url, quote=True)
    return Html(f'<a href="{where}" target="_blank" rel="noopener noreferrer">{escape(text)}</a>')


def breakable(name: object) -> Html:
    """Let a long name break after its signs.

    Parameters
    ----------
    name : object
        A recipe, a frame type.

    Returns
    -------
    Html
    """
    return Html(re.sub(r"([_/@]+)", r"\1<wbr>", escape(name)))


def whole(value: object) -> Html:
    """Keep a short value on one line.

    Parameters
    ----------
    value : object

    Returns
    -------
    Html
    """
    return element("span", value, kind="whole")


def pill(status: str) -> Html:
    """Show a verdict or an outcome as a coloured word.

    Parameters
    ----------
    status : str
        A verdict (pass, warn, fail) or an outcome (done, failed, blocked, lost); others are grey.

    Returns
    -------
    Html
    """
    return element("span", status, kind=f"pill {_TONES.get(status, 'plain')}")


def table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, numeric: Iterable[int] = ()
) -> Html:
    """Draw a table that scrolls by itself when the page is narrow.

    Parameters
    ----------
    heads : sequence of str
        One a column.
    rows : iterable of sequence of object
        Cells, escaped unless `Html`.
    numeric : iterable of int
        Columns set to the right.

    Returns
    -------
    Html
    """
    right = frozenset(numeric)
    kinds = ["number" if i in right else "" for i in range(len(heads))]
    head = join(element("th", h, kind=k) for h, k in zip(heads, kinds, strict=True))
    body = join(
        element("tr", join(element("td", c, kind=k) for c, k in zip(row, kinds, strict=True)))
        for row in rows
    )
    content = join([element("thead", element("tr", head)), element("tbody", body)])
    return element("div", element("table", content), kind="wide")


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """Draw a list of names and values.

    Parameters
    ----------
    pairs : iterable of (str, object)

    Returns
    -------
    Html
    """
    items = join(join([element("dt", name), element("dd", value)]) for name, value in pairs)
    return element("dl", items)


def section(heading: str, content: object) -> Html:
    """Put a heading over content.

    Parameters
    ----------
    heading : str
    content : object

    Returns
    -------
    Html
    """
    return element("section", join([element("h2", heading), content]))


def page(title: str, body: Html) -> str:
    """Make a whole page: no scripts, nothing loaded from anywhere.

    Parameters
    ----------
    title : str
    body : Html

    Returns
    -------
    str
    """
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )
