"""All frames a plan may use: catalogued ones, and the products of other drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cobrex.rules.model import Association, Source

from .draft import Draft, PlanFrame, Signature, product
from .group import group
from .shelf import Shelves


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
    verdicts : mapping of signature to str
        How the products of drafts that have been made were judged.
    """

    associations: Mapping[str, Association]
    outputs: Mapping[str, Mapping[str, str]]
    frames: Mapping[str, list[PlanFrame]]
    verdicts: Mapping[Signature, str] = field(default_factory=dict)
    _drafts: dict[str, list[Draft]] = field(default_factory=dict)
    _products: dict[tuple[str, str], list[PlanFrame]] = field(default_factory=dict)
    _shelves: dict[int, Shelves] = field(default_factory=dict)
    _below: dict[str, frozenset[str]] = field(default_factory=dict)

    def drafts(self, name: str) -> list[Draft]:
        """Return the drafts of an association over all frames; not filled yet."""
        if name not in self._drafts:
            self._drafts[name] = []  # what its main frames are made from cannot be made of itself
            association = self.associations[name]
            self._drafts[name] = group(self.main_frames(association), association)
        return self._drafts[name]

    def main_frames(self, association: Association) -> list[PlanFrame]:
        """Return the frames that can be main frames of an association."""
        main = association.main
        if not main.origin:
            return self._of(main.frame_types)
        products = self.products(main.origin, main.output)
        types = main.frame_types or tuple(self._type(main.origin, main.output))
        return [*products, *(f for f in self._of(types) if f.foreign)]

    def products(self, name: str, output: str) -> list[PlanFrame]:
        """Return what the drafts of an association make in an output role."""
        if (name, output) not in self._products:
            frame_type = "".join(self._type(name, output))
            self._products[name, output] = [
                product(draft, output, frame_type, self.verdicts.get(draft.signature))
                for draft in self.drafts(name)
            ]
        return self._products[name, output]

    def candidates(
        self, association: Association, source: Source, types: Iterable[str]
    ) -> list[PlanFrame]:
        """Return the frames of the types of a source.

        Parameters
        ----------
        association : Association
            Which asks: what is made from its own products, by whatever way, is no candidate.
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
        if self.circular(association, source):
            return [*found, *elsewhere]
        return [*found, *self.products(source.origin, source.output), *elsewhere]

    def shelves(self, association: Association, source: Source, types: Iterable[str]) -> Shelves:
        """Return the candidates of a source in order; made once."""
        known = self._shelves.get(id(source))
        if known is None or known.source is not source:
            known = Shelves(source, self.candidates(association, source, types))
            self._shelves[id(source)] = known
        return known

    def circular(self, association: Association, source: Source) -> bool:
        """Tell whether what a source's rule makes may itself need what the association makes."""
        return association.name in self._needed(source.origin)

    def _needed(self, name: str) -> frozenset[str]:
        """An association and all whose products it may use, directly or through others."""
        if name not in self._below:
            found: set[str] = set()
            queue = [name]
            while queue:
                one = queue.pop()
                if one not in found and one in self.associations:
                    found.add(one)
                    queue += self.associations[one].origins
            self._below[name] = frozenset(found)
        return self._below[name]

    def _type(self, name: str, output: str) -> list[str]:
        found = self.outputs.get(name, {}).get(output)
        return [found] if found else []

    def _of(self, types: Iterable[str]) -> list[PlanFrame]:
        return [f for t in types for f in self.frames.get(t, ())]
