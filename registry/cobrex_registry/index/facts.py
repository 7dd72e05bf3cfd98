"""Facts of recipes for lists and searches, kept in the index so that no manifest is read twice."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe import manifest as manifests
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.version import Version

from .index import Index
from .shelf import UNREADABLE, Row
from .thing import Name


@dataclass(frozen=True, slots=True)
class Facts:
    """What lists and searches need to know of a recipe.

    Attributes
    ----------
    title, description, instrument : str
        As its manifest says.
    main_input : list of str
        Frame types of the main input.
    main_output : str
        Frame type of the main output.
    inputs, outputs, parameters : list of str
        All frame types it takes and makes, and the names of its parameters.
    trouble : str
        Why its manifest cannot be read; empty as a rule.
    """

    title: str
    description: str
    instrument: str
    main_input: list[str]
    main_output: str
    inputs: list[str]
    outputs: list[str]
    parameters: list[str]
    trouble: str = ""

    @classmethod
    def of(cls, manifest: Manifest) -> Facts:
        """Return the facts of a manifest."""
        return cls(
            title=manifest.title,
            description=manifest.description,
            instrument=manifest.instrument,
            main_input=list(manifest.main_input.frame_types),
            main_output=manifest.main_output.frame_type,
            inputs=[kind for one in manifest.inputs for kind in one.frame_types],
            outputs=[one.frame_type for one in manifest.outputs],
            parameters=[one.name for one in manifest.parameters],
        )

    def matches(
        self,
        text: str = "",
        *,
        instrument: str = "",
        takes: str = "",
        makes: str = "",
        parameter: str = "",
    ) -> bool:
        """Tell whether all that is asked for holds; what is empty is not asked for.

        Parameters
        ----------
        text : str
            Words that all stand somewhere in title, description, frame types or parameters.
        instrument : str
            ``SPHERE/IFS``, or its beginning: ``SPHERE``.
        takes, makes : str
            A frame type among its inputs, its outputs.
        parameter : str
            Name of a parameter.
        """
        heap = " ".join((self.title, self.description, self.instrument, *self.inputs,
                         *self.outputs, *self.parameters)).casefold()  # fmt: skip
        return (
            all(word in heap for word in text.casefold().split())
            and f"{self.instrument}/".casefold().startswith(instrument.casefold())
            and (not takes or takes.upper() in self.inputs)
            and (not makes or makes.upper() in self.outputs)
            and (not parameter or parameter in self.parameters)
        )


def facts_of(index: Index, versions: Sequence[Version]) -> list[Facts]:
    """Return the facts of published recipes.

    Parameters
    ----------
    index : Index
        Of the registry where they are published.
    versions : sequence of Version
        Which.

    Returns
    -------
    list of Facts
        One for each version; what cannot be read says so in its ``trouble``.
    """
    known: dict[str, Facts] = {}
    for (_, _, tree), row in index.shelf.some({_row(one) for one in versions}).items():
        with suppress(*UNREADABLE):
            known[tree] = Facts(**row.body)
    missing = list({one.tree_sha: one for one in versions if one.tree_sha not in known}.values())
    fresh = {one.tree_sha: facts for one, facts in _read(index, missing)}
    index.shelf.put(
        (("fact", "recipe", tree), Row("", asdict(facts)))
        for tree, facts in fresh.items()
        if not facts.trouble
    )
    known |= fresh
    return [known[one.tree_sha] for one in versions]


def _row(version: Version) -> Name:
    return "fact", "recipe", version.tree_sha


def _read(index: Index, versions: Sequence[Version]) -> list[tuple[Version, Facts]]:
    if not versions:
        return []
    found = []
    with index.git.objects() as objects:
        for one in versions:
            try:
                text = objects.read(f"{one.commit_sha}:{one.name}/{manifests.FILE}")[1]
                facts = Facts.of(manifests.parse(text.decode("utf-8-sig"), str(one)))
            except (RegistryError, UnicodeDecodeError) as error:
                why = getattr(error, "message", "") or "not UTF-8"
                facts = Facts("", "", "", [], "", [], [], [], why.partition("\n")[0])
            found.append((one, facts))
    return found
