"""cobrex batch estimate: what a request will cost, or what a batch took of what was foreseen."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from . import reduce as reducing

_NOT_MINE = {"target", "name", "dry_run", "keep_scratch", "detach"}

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A batch: compare what was foreseen with what it took."),
]


def estimate(name: Name = "", **asked: Any) -> int:
    """Tell what a request would cost, with the options of `cobrex reduce`; or what a batch took.

    Examples: cobrex batch estimate --workflow irdis_dbi --night 2020-03-07..2020-03-14;
    cobrex batch estimate survey1
    """
    if name:
        return _of_batch(name, asked)
    from cobrex import settings

    from . import estimate_view
    from .output import emit_json
    from .request import request_of

    current = settings.load()
    prepared = reducing.prepare_request(current, request_of(current, asked), quiet=asked["as_json"])
    foreseen = estimate_view.foresee(
        current, prepared, profile=asked["profile"], jobs=asked["jobs"]
    )
    if asked["as_json"]:
        emit_json(estimate_view.as_json(*foreseen))
    else:
        estimate_view.show(*foreseen)
    return 0


def _of_batch(name: str, asked: dict[str, Any]) -> int:
    from cobrex import settings
    from cobrex.errors import UsageError
    from cobrex_db.batch_story import find_batch
    from cobrex_db.engine import open_catalogue
    from cobrex_db.usage import spent_by

    from . import estimate_view
    from .output import emit_json

    usual = inspect.signature(reducing.reduce).parameters
    other = [key for key, value in asked.items() if value != usual[key].default]
    if set(other) - {"as_json"}:
        raise UsageError(
            "give the name of a batch, or the options of a request",
            hint="cobrex batch estimate NAME; cobrex batch estimate --star HR100 --workflow ...",
            kind="estimate",
        )
    current = settings.load()
    with open_catalogue(current.database_url).connect() as connection:
        batch = find_batch(connection, name, viewer=current.user)
        spent = spent_by(connection, batch["batch_id"])
    if asked["as_json"]:
        emit_json({**spent._asdict(), "compared": estimate_view.compare(spent)})
    else:
        estimate_view.show_batch(spent)
    return 0


def _options() -> inspect.Signature:
    """The options of `cobrex reduce`, written there."""
    signature = inspect.signature(reducing.reduce, eval_str=True)
    name = inspect.signature(estimate, eval_str=True).parameters["name"]
    options = [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for key, p in signature.parameters.items()
        if key not in _NOT_MINE
    ]
    return signature.replace(parameters=[name, *options])


estimate.__signature__ = _options()  # type: ignore[attr-defined]
