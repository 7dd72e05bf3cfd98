"""Where a failure is reported: the recipe's issue tracker, with the form filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from .log_tail import log_tail

LIMIT = 1_500  # longer links are refused here and there
_LOG_LINES = 15
_TITLE = 120
_NOT_THE_RECIPE = frozenset(
    {"input-missing", "input-failed", "disk-full", "disk-error", "cancelled", "bug", ""}
)
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%{}\[\]-]+")
_HOMES = re.compile(r"/(?:home|Users)/[^/\s:'\"]+|/root(?=/)")
_LOGIN = re.compile(r"://[^/\s@]+@")
_SECRET = re.compile(
    r"(?i)((?:password|passwd|pwd|token|secret|api[_-]?key|credential)s?['\"]?\s*[:=]\s*)\S+"
    r"|((?:bearer|basic)\s+)[\w.~+/=-]{8,}"
)


def issue_link(record: Mapping[str, Any], folder: Path, *, limit: int = LIMIT) -> str:
    """Return the link by which a failure is reported to a recipe's authors.

    Parameters
    ----------
    record : mapping
        A ``record/1``.
    folder : pathlib.Path
        The attempt's folder, for the end of its log.
    limit : int
        Longest link, characters; the log is cut first.

    Returns
    -------
    str
        Empty when the recipe names no tracker, is a draft, or is not to blame.
    """
    recipe = _part(record, "recipe")
    url = str(recipe.get("issues_url") or "")
    to_blame = record.get("outcome") == "failed" and record.get("reason") not in _NOT_THE_RECIPE
    if not to_blame or recipe.get("draft") or not _URL.fullmatch(url):
        return ""
    name = f"{recipe.get('name')}@{recipe.get('version')}"
    reason = _scrubbed(f"{record.get('reason')}: {record.get('message')}")
    title = _clip(f"{name}: {reason}", _TITLE)
    log = _scrubbed(log_tail(folder, _LOG_LINES)).splitlines()
    return _longest(url, title, _facts(record, name, reason), log, limit)


def _facts(record: Mapping[str, Any], name: str, reason: str) -> str:
    recipe, agent = _part(record, "recipe"), _part(record, "agent")
    return "\n".join(
        (
            f"recipe: {name} (code {str(recipe.get('code_hash'))[:8]})",
            f"process: {record.get('key')}",
            f"host: {agent.get('host')} ({agent.get('platform')}, Python {agent.get('python')}, "
            f"cobrex {agent.get('cobrex')})",
            f"reason: {_clip(reason, 300)}",
        )
    )


def _longest(url: str, title: str, facts: str, log: Sequence[str], limit: int) -> str:
    """The link with as many of the last lines as fit."""
    for first in range(len(log) + 1):
        lines = log[first:]
        text = "\n".join([facts, "", "end of its log:", *lines]) if lines else facts
        link = _filled(url, title, text)
        if len(link) <= limit:
            return link
    short = _filled(url, title, "")
    return short if len(short) <= limit else url


def _filled(url: str, title: str, body: str) -> str:
    words = {"{title}": quote(title, safe=""), "{body}": quote(body, safe="")}
    if any(word in url for word in words):
        for word, value in words.items():
            url = url.replace(word, value)
        return url
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/new")
    if not path.endswith("/issues"):
        return url
    names = ("issue[title]", "issue[description]") if "/-/" in path else ("title", "body")
    given = [parts.query] if parts.query else []
    query = "&".join([*given, *(f"{n}={w}" for n, w in zip(names, words.values(), strict=True))])
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/new", query, ""))


def _scrubbed(text: str) -> str:
    """What is nobody's business leaves the machine in no link."""
    home = str(Path.home())
    if len(home) > 1:
        text = text.replace(home, "~")
    text = _LOGIN.sub("://***@", _HOMES.sub("~", text))
    text = _SECRET.sub(lambda found: f"{found[1] or found[2]}***", text)
    return "\n".join(
        "".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()
    )


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}
