"""How a batch that is watched looks: lines that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from textwrap import wrap

from .batch_view import COLUMNS, TROUBLE, lasting, tally
from .grid import grid
from .output import printable
from .watch_state import Watched

Line = tuple[str, str]
BAD, HEAD, PLAIN, QUIET = "bold red", "bold", "", "dim"
_FILLED, _EMPTY = "━", "╌"
_WIDE = 100


def lines(watched: Watched, *, width: int, height: int) -> list[Line]:
    """Draw it.

    Parameters
    ----------
    watched : Watched
    width, height : int
        Of the terminal.

    Returns
    -------
    list of (str, str)
        Text and its style; none is wider than the terminal. Steps are all there, and three
        processes at least: what matters least comes last.
    """
    found = [*_top(watched, width), ("", PLAIN), *_steps(watched, width)]
    room = max(3, (height - len(found) - 6) // 2)
    found += [*_running(watched, width, room), *_failures(watched, width, room)]
    return [(_cut(_one_line(text), width), style) for text, style in found]


def _one_line(text: str) -> str:
    """Names of stars and hosts are anybody's: they break no lines."""
    return printable(text).replace("\n", "?").replace("\t", "?")


def _top(watched: Watched, width: int) -> Iterator[Line]:
    batch, counts = watched.batch, watched.counts
    host = f" from {batch['host']}" if batch["host"] else ""
    took = lasting((batch["ended"] or watched.now) - batch["started"])
    yield (
        f"{batch['name']}  {batch['state']}  {batch['profile'] or 'local'}{host}  {took}",
        HEAD,
    )
    gone = counts["total"] - counts["waiting"] - counts["running"]
    yield f"{bar(gone, counts['total'], min(60, width - 24))} {gone}/{counts['total']}", PLAIN
    yield from ((part, PLAIN) for part in wrap(tally(counts), width))
    if watched.abandoned:
        yield abandoned(batch["name"]), BAD
    elif watched.code is None:
        yield pace_words(watched), PLAIN


def abandoned(name: str) -> str:
    """Say that a batch has lost its driver."""
    return f"nobody drives it: cobrex batch retry {name} goes on"


def pace_words(watched: Watched) -> str:
    """Say how fast it gets on and when it will have ended."""
    pace = watched.pace
    rate = "none ended in 5 min" if pace.per_minute is None else f"{pace.per_minute:.3g} a minute"
    if pace.left_s is None:
        return f"{rate}, the end cannot be told yet"
    left = timedelta(seconds=round(pace.left_s))
    end = watched.now + left
    form = "%H:%M" if end.date() == watched.now.date() else "%Y-%m-%d %H:%M"
    return f"{rate}, about {lasting(left)} left, until {end:{form}} UTC"


def bar(number: int, of: int, width: int) -> str:
    """Draw how much of something is done."""
    filled = width * number // of if of else 0
    return _FILLED * filled + _EMPTY * (width - filled)


def _steps(watched: Watched, width: int) -> Iterator[Line]:
    counts = [step.counts for step in watched.steps]
    there = [name for name in COLUMNS if any(c[name] for c in counts)]
    heads = ["step", *([""] if width >= _WIDE else []), *(n.replace("_", " ") for n in there)]
    rows = []
    for step in watched.steps:
        c = step.counts
        drawn = bar(c["total"] - c["waiting"] - c["running"], c["total"], 20)
        cells = [str(c[name] or "") for name in there]
        rows.append([step.step.removeprefix("main/"), *([drawn] if width >= _WIDE else []), *cells])
    right = [False, *([False] if width >= _WIDE else []), *(True for _ in there)]
    styles = [BAD if any(c[t] for t in TROUBLE) else PLAIN for c in counts]
    yield from _table(heads, rows, right, styles, width)


def _running(watched: Watched, width: int, room: int) -> Iterator[Line]:
    if not watched.running:
        return
    rows = []
    for one in watched.running[:room]:
        took = watched.now - one["since"] if one["since"] else None
        usual = watched.pace.medians_s.get(one["recipe"])
        rows.append(
            [
                *(one["key"][:8], one["recipe"].removeprefix("main/"), one["star"] or ""),
                one["host"] or "",
                "" if took is None else lasting(took),
                "" if usual is None else lasting(timedelta(seconds=usual)),
            ]
        )
    heads = ["slowest", "recipe", "star", "where", "runs for", "others took"]
    right = [False, False, False, False, True, True]
    yield "", PLAIN
    yield from _table(heads, rows, right, [PLAIN] * len(rows), width)


def _failures(watched: Watched, width: int, room: int) -> Iterator[Line]:
    if not watched.failures:
        return
    yield "", PLAIN
    yield "failed last", HEAD
    for one in watched.failures[:room]:
        at = f"{one.ended:%H:%M:%S}" if one.ended else " " * 8
        said = " ".join((one.message or "").split())
        recipe = one.recipe.removeprefix("main/")
        yield f"{at}  {one.key[:8]}  {recipe}  {one.star or ''}  {one.reason}: {said}", BAD


def _table(
    heads: list[str], rows: list[list[str]], right: list[bool], styles: list[str], width: int
) -> Iterator[Line]:
    drawn = grid(heads, rows, right=right, width=width)
    # rows are folded only where nothing else helps: then the styles cannot be told apart
    plain = len(drawn) != len(rows) + 2
    for place, text in enumerate(drawn):
        style = HEAD if place < 2 else PLAIN if plain else styles[place - 2]
        yield text, style


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def line(watched: Watched) -> str:
    """Return it in one line, for a log."""
    batch, counts = watched.batch, watched.counts
    gone = counts["total"] - counts["waiting"] - counts["running"]
    words = f"{watched.now:%H:%M:%S}  {batch['name']} {batch['state']}: {gone}/{counts['total']}"
    told: Mapping[str, int] = {name: counts[name] for name in ("running", *TROUBLE)}
    words += f" ({tally(told)})" if any(told.values()) else ""
    return words if watched.code is not None else f"{words}; {pace_words(watched)}"
