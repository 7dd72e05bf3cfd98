"""From drafts to a plan: content ids in, keys out, producers before consumers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cobrex.errors import PlanError
from cobrex.rules.model import Association
from cobrex_db.content_id import product_id
from cobrex_registry.errors import RegistryError

from .bound import bound_values
from .draft import Chosen, Draft, PlanFrame, Signature
from .identity import ProcessKeys, digest
from .model import Gap, Located, Plan, PlannedInput, PlannedProcess, RecipeUse

Bind = Callable[[Association, Mapping[str, Any]], RecipeUse]


def frames_used(drafts: Iterable[Draft]) -> dict[int, PlanFrame]:
    """Return the catalogued frames that complete drafts use, those of their producers included.

    Parameters
    ----------
    drafts : iterable of Draft

    Returns
    -------
    dict of int to PlanFrame
        By frame id.
    """
    used: dict[int, PlanFrame] = {}
    for draft in drafts:
        if draft.missing:
            continue
        for chosen in draft.chosen:
            if chosen.frame.maker is None:
                used[chosen.frame.frame_id] = chosen.frame
        used |= frames_used(c.frame.maker for c in draft.chosen if c.frame.maker is not None)
    return used


@dataclass(slots=True)
class Builder:
    """Gives drafts their keys.

    Attributes
    ----------
    recipes : mapping of str to RecipeUse
        By association name.
    located : mapping of int to Located
        Content ids and paths by frame id; a frame that is not in it cannot be read.
    workspace : str
    standing : callable, optional
        Gets each process; what it returns takes its place, with its key. None: nothing does.
    bind : callable or None
        Gives the use of a recipe whose parameters follow from a main frame; the same one for the
        same values. A RegistryError is a gap.
    """

    recipes: Mapping[str, RecipeUse]
    located: Mapping[int, Located]
    workspace: str
    standing: Callable[[PlannedProcess], PlannedProcess | None] | None = None
    bind: Bind | None = None
    plan: Plan = field(default_factory=Plan)
    _keys: dict[Signature, PlannedProcess | None] = field(default_factory=dict)
    _made: set[str] = field(default_factory=set)
    _of_recipe: dict[int, ProcessKeys] = field(default_factory=dict)
    _lacks: dict[Signature, Gap] = field(default_factory=dict)

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """Which draft each process of the plan was, by key."""
        return self.plan.signatures

    def add(self, draft: Draft) -> PlannedProcess | None:
        """Add a draft and all it needs to the plan.

        Parameters
        ----------
        draft : Draft

        Returns
        -------
        PlannedProcess or None
            None when something is missing; the plan then holds the gap.

        Raises
        ------
        PlanError
            Kind ``rules``: a rule takes an output that its recipe does not have.
        """
        signature = draft.signature
        if signature not in self._keys:
            self._keys[signature] = self._build(draft)
        return self._keys[signature]

    def _build(self, draft: Draft) -> PlannedProcess | None:
        if draft.missing:
            self._gap(draft, *draft.missing[0])
            return None
        try:
            recipe = self._recipe(draft)
        except RegistryError as error:
            self._gap(draft, str(error), error.hint)
            return None
        inputs = []
        for chosen in draft.chosen:
            found = self._input(draft, chosen)
            if found is None:
                return None
            inputs.append((chosen, found))
        if len(inputs) > 1:
            inputs.sort(key=_sof_order([c.role for c in draft.chosen]))
        process = self._process(draft, recipe, tuple(found for _, found in inputs))
        if self.standing is not None:
            process = self.standing(process) or process
        self.plan.signatures[process.key] = draft.signature
        if process.key not in self._made:  # two groups with the same bytes are one process
            self._made.add(process.key)
            self.plan.processes.append(process)
        return process

    def _recipe(self, draft: Draft) -> RecipeUse:
        values = bound_values(draft.association, draft.main[0])
        if not values or self.bind is None:
            return self.recipes[draft.association.name]
        return self.bind(draft.association, values)

    def _input(self, draft: Draft, chosen: Chosen) -> PlannedInput | None:
        frame = chosen.frame
        if frame.maker is not None:
            return self._product(draft, chosen, frame.maker)
        located = self.located.get(frame.frame_id)
        if located is None:
            self._gap(
                draft,
                f"the file of {frame.name} cannot be read",
                "run `cobrex check`, bring the file back, or import it from where it is now",
            )
            return None
        return PlannedInput(
            chosen.role,
            frame.frame_type,
            located.content_id,
            chosen.why,
            frame_id=frame.frame_id,
            path=located.path,
            level=chosen.level,
            delta_d=chosen.delta_d,
            source=chosen.source,
        )

    def _product(self, draft: Draft, chosen: Chosen, maker: Draft) -> PlannedInput | None:
        producer = self.add(maker)
        if producer is None:
            lack = self._lacks[maker.signature]
            self._gap(draft, f"{chosen.role} cannot be made: {lack.message}", lack.hint)
            return None
        output = chosen.frame.output
        return PlannedInput(
            chosen.role,
            _output_type(producer.recipe, output),
            product_id(producer.key, output, 0),
            chosen.why,
            producer=producer.key,
            producer_role=output,
            level=chosen.level,
            delta_d=chosen.delta_d,
            source=chosen.source,
        )

    def _process(
        self, draft: Draft, recipe: RecipeUse, inputs: tuple[PlannedInput, ...]
    ) -> PlannedProcess:
        keys = self._of_recipe.get(id(recipe))
        if keys is None:
            keys = ProcessKeys(recipe.identity, recipe.environment["digest"], recipe.parameters)
            self._of_recipe[id(recipe)] = keys
        key = keys.key((i.role, i.frame_type, i.content_id) for i in inputs)
        taken = {id(c.frame) for c in draft.chosen}
        main = [f for f in draft.main if id(f) in taken]
        question = [self.workspace, recipe.name, self._contents(main), recipe.preset]
        return PlannedProcess(
            key=key,
            recipe=recipe,
            inputs=inputs,
            level=draft.level,
            labels=_labels(draft, recipe, self.workspace),
            series=digest(question),
            main_frames=tuple(_catalogued(main)),
            association=draft.association.name,
            warnings=tuple(draft.warnings),
        )

    def _contents(self, main: Iterable[PlanFrame]) -> list[str]:
        """What a series is about: contents; of a product still to be made, the series it is of."""
        found = []
        for frame in main:
            if frame.maker is None:
                found.append(self.located[frame.frame_id].content_id)
            else:
                maker = self.add(frame.maker)
                found.append(digest([maker.series if maker else "", frame.output]))
        return sorted(found)

    def _gap(self, draft: Draft, message: str, hint: str) -> None:
        gap = Gap(draft.association.name, draft.title, message, hint)
        self._lacks[draft.signature] = gap
        if gap not in self.plan.gaps:
            self.plan.gaps.append(gap)


def _sof_order(roles: list[str]) -> Callable[[tuple[Chosen, PlannedInput]], tuple[Any, ...]]:
    """Roles as the manifest has them; within a role by time, then content id."""

    def order(pair: tuple[Chosen, PlannedInput]) -> tuple[Any, ...]:
        chosen, found = pair
        mjd = chosen.frame.mjd
        return roles.index(found.role), mjd if mjd is not None else float("inf"), found.content_id

    return order


def _catalogued(main: Iterable[PlanFrame]) -> list[int]:
    """Ids of main frames; of a product still to be made, those of what it is made from."""
    found: list[int] = []
    for frame in main:
        found += _catalogued(frame.maker.main) if frame.maker else [frame.frame_id]
    return list(dict.fromkeys(found))


def _labels(draft: Draft, recipe: RecipeUse, workspace: str) -> dict[str, Any]:
    first = draft.main[0]
    return {
        "star": first.star,
        "star_id": first.values.get("star_id"),
        "night": first.night.isoformat() if first.night else None,
        "arm": first.values.get("arm"),
        "filter": first.values.get("filter"),
        "frame_type": first.frame_type,
        "preset": recipe.preset,
        "workspace": workspace,
        "main": draft.title,
    }


def _output_type(recipe: RecipeUse, role: str) -> str:
    for output in recipe.manifest["outputs"]:
        if output["role"] == role:
            return str(output["frame_type"])
    there = ", ".join(o["role"] for o in recipe.manifest["outputs"])
    raise PlanError(
        f"{recipe.name}@{recipe.version} makes no {role!r}, which an association rule takes",
        hint=f"it makes {there}: mend `from` in the instrument file",
        kind="rules",
    )
