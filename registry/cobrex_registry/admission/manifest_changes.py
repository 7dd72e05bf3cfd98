"""What changed between the inputs, outputs and parameters of two manifests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from cobrex_registry.recipe.inputs import Input
from cobrex_registry.recipe.metric import Metric
from cobrex_registry.recipe.outputs import Output
from cobrex_registry.recipe.parameter import Parameter

from .change import MAJOR, MINOR, PATCH, Change

_One = TypeVar("_One", Input, Output, Parameter, Metric)


def input_changes(old: Sequence[Input], new: Sequence[Input]) -> Iterator[Change]:
    """Yield what changed between the inputs of two manifests.

    Parameters
    ----------
    old, new : sequence of Input
        As the manifests give them.

    Yields
    ------
    Change
    """
    before, after = {one.role: one for one in old}, {one.role: one for one in new}
    names = _renamed(before, after, "role")
    for role, one in before.items():
        if role in names:
            yield Change(MAJOR, f"input {role}: renamed to {names[role]}")
        elif role not in after:
            yield Change(MAJOR, f"input {role}: is gone")
        else:
            yield from _input(one, after[role])
    for role, one in after.items():
        if role not in before and role not in names.values():
            types = " or ".join(one.frame_types)
            yield (
                Change(MAJOR, f"input {role}: new and required ({types})")
                if one.min
                else Change(MINOR, f"input {role}: new, optional ({types})")
            )
    if _order(before, after) != _order(after, before):
        yield Change(PATCH, "inputs: in another order in the SOF")


def _input(old: Input, new: Input) -> Iterator[Change]:
    label = f"input {old.role}"
    if new.main and not old.main:
        yield Change(MAJOR, f"{label}: now the main input")
    lost = [one for one in old.frame_types if one not in new.frame_types]
    more = [one for one in new.frame_types if one not in old.frame_types]
    if lost:
        yield Change(MAJOR, f"{label}: no longer takes {', '.join(lost)}")
    if more:
        yield Change(MINOR, f"{label}: takes {', '.join(more)} too")
    if new.min > old.min:
        said = "now required" if not old.min else f"at least {new.min} instead of {old.min}"
        yield Change(MAJOR, f"{label}: {said}")
    if new.min < old.min:
        said = f"at least {new.min} instead of {old.min}" if new.min else "no longer required"
        yield Change(MINOR, f"{label}: {said}")
    if new.max != old.max:
        level = MAJOR if _below(new.max, old.max) else MINOR
        yield Change(level, f"{label}: at most {_count(new.max)} instead of {_count(old.max)}")
    yield from _words(label, old, new)


def output_changes(old: Sequence[Output], new: Sequence[Output]) -> Iterator[Change]:
    """Yield what changed between the promised products of two manifests."""
    before, after = {one.role: one for one in old}, {one.role: one for one in new}
    names = _renamed(before, after, "role")
    for role, one in before.items():
        if role in names:
            yield Change(MAJOR, f"output {role}: renamed to {names[role]}")
        elif role not in after:
            yield Change(MAJOR, f"output {role}: is gone")
        else:
            yield from _output(one, after[role])
    for role, one in after.items():
        if role not in before and role not in names.values():
            yield Change(MINOR, f"output {role}: new ({one.frame_type})")
    if _order(before, after) != _order(after, before):
        yield Change(PATCH, "outputs: in another order")


def _output(old: Output, new: Output) -> Iterator[Change]:
    label = f"output {old.role}"
    if new.main and not old.main:
        yield Change(MAJOR, f"{label}: now the main output")
    if new.frame_type != old.frame_type:
        yield Change(MAJOR, f"{label}: frame type {new.frame_type} instead of {old.frame_type}")
    if new.min < old.min:
        said = f"only {new.min} promised instead of {old.min}" if new.min else "no longer promised"
        yield Change(MAJOR, f"{label}: {said}")
    if new.min > old.min:
        yield Change(MINOR, f"{label}: {new.min} promised instead of {old.min}")
    if new.max != old.max:
        yield Change(MAJOR, f"{label}: at most {_count(new.max)} instead of {_count(old.max)}")
    if new.file != old.file:
        yield Change(MINOR, f"{label}: file {new.file!r} instead of {old.file!r}")
    if new.catg != old.catg:
        yield Change(MINOR, f"{label}: PRO CATG {new.catg!r} instead of {old.catg!r}")
    if new.intermediate != old.intermediate:
        yield Change(PATCH, f"{label}: {'now' if new.intermediate else 'no longer'} intermediate")
    yield from _words(label, old, new)


def parameter_changes(old: Sequence[Parameter], new: Sequence[Parameter]) -> Iterator[Change]:
    """Yield what changed between the parameters of two manifests."""
    before, after = {one.name: one for one in old}, {one.name: one for one in new}
    names = _renamed(before, after, "name")
    for name, one in before.items():
        if name in names:
            yield Change(MAJOR, f"parameter {name}: renamed to {names[name]}")
        elif name not in after:
            yield Change(MAJOR, f"parameter {name}: is gone")
        else:
            yield from _parameter(one, after[name])
    for name, one in after.items():
        if name not in before and name not in names.values():
            yield Change(MINOR, f"parameter {name}: new, default {shown(one.default)}")
    if _order(before, after) != _order(after, before):
        yield Change(PATCH, "parameters: in another order")


def _parameter(old: Parameter, new: Parameter) -> Iterator[Change]:
    label = f"parameter {old.name}"
    if new.type != old.type:
        yield Change(MAJOR, f"{label}: type {new.type} instead of {old.type}")
        return
    if new.min != old.min:
        narrower = new.min is not None and (old.min is None or new.min > old.min)
        level = MAJOR if narrower else MINOR
        yield Change(level, f"{label}: min {_bound(new.min)} instead of {_bound(old.min)}")
    if new.max != old.max:
        level = MAJOR if _below(new.max, old.max) else MINOR
        yield Change(level, f"{label}: max {_bound(new.max)} instead of {_bound(old.max)}")
    yield from _choices(label, old, new)
    if new.optional != old.optional:
        said = "may have no value" if new.optional else "must have a value"
        yield Change(MINOR if new.optional else MAJOR, f"{label}: {said}")
    if shown(new.default) != shown(old.default):
        yield Change(
            MINOR, f"{label}: default {shown(new.default)} instead of {shown(old.default)}"
        )
    if new.unit != old.unit:
        level = MAJOR if old.unit else PATCH
        yield Change(level, f"{label}: unit {new.unit or 'none'} instead of {old.unit or 'none'}")
    if new.ucd != old.ucd:
        yield Change(PATCH, f"{label}: other UCD")
    yield from _words(label, old, new)


def _choices(label: str, old: Parameter, new: Parameter) -> Iterator[Change]:
    if old.choices and not new.choices:
        yield Change(MINOR, f"{label}: any {new.item_type}, no longer a choice")
        return
    if new.choices and not old.choices:
        yield Change(MAJOR, f"{label}: only {', '.join(map(shown, new.choices))}")
        return
    for choice in old.choices:
        if choice not in new.choices:
            yield Change(MAJOR, f"{label}: choice {shown(choice)} is gone")
    for choice in new.choices:
        if choice not in old.choices:
            yield Change(MINOR, f"{label}: new choice {shown(choice)}")


def metric_changes(old: Sequence[Metric], new: Sequence[Metric]) -> Iterator[Change]:
    """Yield what changed between the QC metrics of two manifests."""
    before, after = {one.name: one for one in old}, {one.name: one for one in new}
    for name in before:
        if name not in after:
            yield Change(MINOR, f"metric {name}: is gone")
    for name, one in after.items():
        was = before.get(name)
        if was is None:
            yield Change(MINOR, f"metric {name}: new")
            continue
        if one.unit != was.unit:
            level = MINOR if was.unit else PATCH
            yield Change(level, f"metric {name}: unit {one.unit or 'none'}")
        if (one.range, one.action, one.product) != (was.range, was.action, was.product):
            yield Change(PATCH, f"metric {name}: judged otherwise")
        yield from _words(f"metric {name}", was, one)


def _renamed(before: dict[str, _One], after: dict[str, _One], key: str) -> dict[str, str]:
    """Pair what is gone with what is new and the same but for its name, if only one is."""
    gone = [one for name, one in before.items() if name not in after]
    come = [one for name, one in after.items() if name not in before]
    pairs: dict[str, str] = {}
    for one in gone:
        blank: Any = {key: "", "description": ""}
        twins = [two for two in come if replace(two, **blank) == replace(one, **blank)]
        if len(twins) == 1 and getattr(twins[0], key) not in pairs.values():
            pairs[getattr(one, key)] = getattr(twins[0], key)
    return pairs


def _order(names: dict[str, _One], others: dict[str, _One]) -> list[str]:
    return [name for name in names if name in others]


def _words(label: str, old: Any, new: Any) -> Iterator[Change]:
    if new.description != old.description:
        yield Change(PATCH, f"{label}: other description")


def _below(new: float | None, old: float | None) -> bool:
    return new is not None and (old is None or new < old)


def _bound(value: float | None) -> str:
    return "none" if value is None else shown(value)


def _count(value: int | None) -> str:
    return "any number" if value is None else str(value)


def shown(value: Any) -> str:
    """Return a parameter's value as the manifest writes it."""
    text = "true" if value is True else "false" if value is False else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
