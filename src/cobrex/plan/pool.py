"""All frames a plan may use: catalogued ones, and the products of other drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cobrex.rules.model import Association, Source

from .draft import Draft, product
from .group import group
from .model import PlanFrame


@dataclass(slots=True)
class Pool:
    """Frames by type, drafts by association; both asked lazily.

    Attributes
    ----------
    associations : mapping of str to Association
    outputs : mapping of str to mapping
        Frame type of each output role, by association name.
    frames : mapping of str to list of PlanFrame
        Catalogued ones by frame type.
    """

    associations: Mapping[str, Association]
    outputs: Mapping[str, Mapping[str, str]]
    frames: Mapping[str, list[PlanFrame]]
    _drafts: dict[str, list[Draft]] = field(default_factory=dict)
    _products: dict[tuple[str, str], list[PlanFrame]] = field(default_factory=dict)

    def drafts(self, name: str) -> list[Draft]:
        """Return the drafts of an association over all frames; not filled yet."""
        if name not in self._drafts:
            association = self.associations[name]
            self._drafts[name] = group(self.main_frames(association), association)
        return self._drafts[name]

    def main_frames(self, association: Association) -> list[PlanFrame]:
        """Return the frames that can be main frames of an association."""
        main = association.main
        if not main.origin:
            return self._of(main.frame_types)
        elsewhere = [f for f in self._of(main.frame_types) if f.foreign]
        return [*self.products(main.origin, main.output), *elsewhere]

    def products(self, name: str, output: str) -> list[PlanFrame]:
        """Return what the drafts of an association make in an output role."""
        if (name, output) not in self._products:
            frame_type = self.outputs.get(name, {}).get(output, "")
            self._products[name, output] = [
                product(draft, output, frame_type) for draft in self.drafts(name)
            ]
        return self._products[name, output]

    def candidates(self, source: Source, types: Iterable[str]) -> list[PlanFrame]:
        """Return the frames of the types of a source.

        Parameters
        ----------
        source : Source
        types : iterable of str
            Those the recipe takes: of them, products from elsewhere serve beside an origin's.

        Returns
        -------
        list of PlanFrame
        """
        found = self._of(source.frame_types)
        if not source.origin:
            return found
        named = set(source.frame_types)
        elsewhere = [f for f in self._of(types) if f.foreign and f.frame_type not in named]
        return [*found, *self.products(source.origin, source.output), *elsewhere]

    def _of(self, types: Iterable[str]) -> list[PlanFrame]:
        return [f for t in types for f in self.frames.get(t, ())]
