"""The inputs of a test: beside it, or pinned by content and found in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from cobrex.settings import Settings
from cobrex_registry.evidence.pinned import SOF, Pinned, read_pinned
from cobrex_registry.reading.problems import Problem, refusal
from cobrex_registry.recipe.recipe_test import RecipeTest

from .subject import Subject


class DataMissingError(Exception):
    """Pinned data are not here: the test cannot be run, which is neither passed nor failed."""


def inputs(settings: Settings, subject: Subject, test: RecipeTest) -> list[tuple[str, str]]:
    """Return path and frame type of a test's inputs, in the order the recipe asks for.

    Parameters
    ----------
    settings : Settings
        Say where the catalogue is.
    subject : Subject
    test : RecipeTest

    Returns
    -------
    list of (str, str)

    Raises
    ------
    RegistryError
        Of kind ``test``: an ``inputs.sof`` that is none.
    DataMissingError
        When pinned data are not in the catalogue, or their files not here.
    """
    test.check()
    folder = subject.folder / test.data
    sof = folder / SOF
    text = sof.read_text(encoding="utf-8", errors="replace") if sof.is_file() else ""
    pinned, problems = read_pinned(text, f"{test.data.rstrip('/')}/{SOF}", subject.manifest)
    if problems:
        raise refusal(problems, "test")
    places = _catalogued(settings, [one for one in pinned if one.content_id])
    found = []
    for one in pinned:
        path = places[one.content_id] if one.content_id else str(folder / one.path)
        if not one.content_id and not (folder / one.path).is_file():
            raise refusal([Problem(test.data, 0, f"{one.path} is not there")], "test")
        found.append((path, one.frame_type))
    return found


def _catalogued(settings: Settings, wanted: Sequence[Pinned]) -> dict[str, str]:
    """Return where frames of known content lie on this host, by content id."""
    if not wanted:
        return {}
    from cobrex_db.engine import open_catalogue
    from cobrex_db.locate import locate_contents

    names = {one.content_id: one.name for one in wanted}
    found = locate_contents(open_catalogue(settings.database_url), names)
    lacking = [one for one in wanted if one.content_id not in found]
    if lacking:
        first = lacking[0]
        what = first.name or f"the content {first.content_id}"
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise DataMissingError(
            f"data missing: no readable {first.frame_type} {what}{more} in the catalogue; "
            "get the file and `cobrex import` it"
        )
    return {content: str(path) for content, path in found.items()}
