"""Presets saved from values, numbered, compared; those that are not for a run refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recipe_folder import write_recipe

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.presets.preset_compare import differences
from cobrex_registry.presets.preset_save import Saved, propose, save, usual_range, write
from cobrex_registry.presets.published import find_preset, presets_for
from cobrex_registry.publication import publish
from cobrex_registry.recipe.metric import Metric
from cobrex_registry.recipe.preset import Preset, parse
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver, Spec
from cobrex_registry.standing.status import Event, add

ADA = Author("Ada", "ada@example.org")
TWO = ("frame_type: TOY_RAW,", "frame_type: [TOY_RAW, TOY_OLD],")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry.open(tmp_path / "registry.git")
    publish(registry, write_recipe(tmp_path / "toy", TWO))
    return registry


def _save(registry: Registry, values: dict[str, Any], **more: Any) -> Saved:
    recipe = registry.resolve("recipe", "toy")
    wanted = Preset("mine", more.pop("version", ""), Spec("main", "toy"), parameters=values, **more)
    saved = propose(registry, recipe, wanted, "main")
    if not saved.was_there:
        save(registry, saved, "main", ADA)
    return saved


def test_only_what_differs_from_the_defaults_is_saved(registry: Registry) -> None:
    values = {"sigma": 5.0, "method": "median", "verbose": True, "planes": [1, 2], "label": "no"}
    saved = _save(registry, values, title="a: title # with signs")
    assert (saved.preset.version, str(saved.preset.recipe)) == ("1.0.0", "toy@^1")
    found = find_preset(registry, registry.resolve("recipe", "toy"), "mine")
    assert found.parameters == {"method": "median", "verbose": True, "label": "no"}
    assert found.title == "a: title # with signs"
    assert parse(saved.text, "x") == found


def test_the_number_follows_what_changed(registry: Registry, tmp_path: Path) -> None:
    told = [
        _save(registry, {"sigma": 6.0}, title="first"),
        _save(registry, {"sigma": 6.0}),
        _save(registry, {"sigma": 6.0}, title="better words"),
        _save(registry, {"sigma": 7.0}),
        _save(registry, {"sigma": 7.0}, frame_types=("TOY_OLD",)),
    ]
    numbers = [(one.preset.version, one.was_there, one.preset.title) for one in told]
    assert numbers == [
        ("1.0.0", False, "first"),
        ("1.0.0", True, "first"),
        ("1.0.1", False, "better words"),
        ("1.1.0", False, "better words"),
        ("2.0.0", False, "better words"),
    ]
    publish(registry, write_recipe(tmp_path / "toy", TWO, ('"1.0.0"', '"2.0.0"')))
    assert _save(registry, {"sigma": 7.0}).preset.version == "3.0.0"


def test_a_version_that_is_taken_is_refused_with_other_values(registry: Registry) -> None:
    _save(registry, {"sigma": 6.0}, version="1.4.0")
    assert _save(registry, {"sigma": 6.0}, version="1.4.0").was_there
    with pytest.raises(RegistryError) as caught:
        _save(registry, {"sigma": 8.0}, version="1.4.0")
    assert caught.value.kind == "version-taken"
    assert _save(registry, {"sigma": 8.0}).preset.version == "1.5.0"


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({"sigma": 1.0}, {}),
        ({"nope": 1}, {}),
        ({}, {"version": "1.x"}),
        ({}, {"frame_types": ("TOY_DARK",)}),
        ({}, {"qc": (Metric("QC NOPE"),)}),
        ({}, {"title": "\x07"}),
    ],
)
def test_what_does_not_fit_is_refused(
    registry: Registry, values: dict[str, Any], more: dict[str, Any]
) -> None:
    with pytest.raises(RegistryError):
        _save(registry, values, **more)
    assert registry.list("preset") == ()


def test_ranges_of_an_earlier_version_are_kept(registry: Registry) -> None:
    ranges = (Metric("QC TOY MEAN", "adu", (1.0, None), "warn"),)
    _save(registry, {"sigma": 6.0}, qc=ranges)
    _save(registry, {"sigma": 7.0})
    assert find_preset(registry, registry.resolve("recipe", "toy"), "mine").qc == ranges


def test_limits_and_inputs_of_an_earlier_version_are_kept(registry: Registry) -> None:
    limits = {"cores": 4, "memory_bytes": 6 << 30, "walltime_s": 90061}
    inputs = {"raw": {"max_level": 1}}
    first = _save(registry, {"sigma": 6.0}, resources=limits, inputs=inputs)
    assert 'walltime: "1-01:01:01"' in first.text.replace("'", '"')
    later = _save(registry, {"sigma": 7.0})
    assert later.preset.version == "1.1.0"
    assert (later.preset.resources, later.preset.inputs) == (limits, inputs)
    other = _save(registry, {"sigma": 7.0}, resources={"cores": 2})
    assert (other.preset.version, other.preset.resources) == ("1.2.0", {"cores": 2})


def test_a_yanked_version_is_not_taken_and_its_number_not_given_again(registry: Registry) -> None:
    _save(registry, {"sigma": 6.0})
    _save(registry, {"sigma": 7.0})
    add(registry.git, "preset", Spec("main", "toy--mine"), Event("yank", "1.1.0", "too high"), ADA)
    recipe = registry.resolve("recipe", "toy")
    assert find_preset(registry, recipe, "mine").version == "1.0.0"
    assert find_preset(registry, recipe, "mine@1.1.0").parameters == {"sigma": 7.0}
    assert _save(registry, {"sigma": 8.0}).preset.version == "1.2.0"
    with pytest.raises(RegistryError, match="no version of preset"):
        find_preset(registry, recipe, "mine@^4")
    add(registry.git, "preset", Spec("main", "toy--mine"), Event("yank", "", "all"), ADA)
    assert presets_for(registry, recipe) == {}


def test_frames_a_preset_is_not_for_are_refused(registry: Registry) -> None:
    preset = _save(registry, {"sigma": 6.0}, frame_types=("TOY_OLD",)).preset
    preset.demand_frames(["TOY_OLD", "TOY_RAW"])
    replace(preset, frame_types=()).demand_frames(["TOY_RAW"])
    with pytest.raises(RegistryError, match="is for TOY_OLD, not for TOY_RAW"):
        preset.demand_frames(["TOY_RAW"])


def test_two_presets_are_compared_by_what_they_lead_to(registry: Registry) -> None:
    manifest = registry.manifest(registry.resolve("recipe", "toy"))
    one = _save(registry, {"sigma": 6.0, "method": "median"}).preset
    other = replace(one, parameters={"sigma": 6, "verbose": True})
    told = [(d.parameter, d.first, d.second, d.default) for d in differences(manifest, one, other)]
    assert told == [("method", "median", "mean", "mean"), ("verbose", False, True, False)]
    assert differences(manifest, one, one) == []


def test_a_preset_is_written_and_never_overwritten(registry: Registry, tmp_path: Path) -> None:
    saved = _save(registry, {"sigma": 6.0})
    path = write(tmp_path / "presets", saved)
    assert path.read_text(encoding="utf-8") == saved.text
    with pytest.raises(RegistryError, match="cannot be written"):
        write(tmp_path / "presets", replace(saved, text="other"))
    assert [one.name for one in path.parent.iterdir()] == ["mine.yaml"]
    assert path.read_text(encoding="utf-8") == saved.text


@pytest.mark.parametrize(
    ("number", "range_"),
    [("1.2.3", "^1"), ("0.3.1", "~0.3"), ("0.0.0", "~0.0"), ("2.0.0-rc.1", "2.0.0-rc.1")],
)
def test_versions_values_are_good_for(number: str, range_: str) -> None:
    parsed = Semver.parse(number)
    assert usual_range(parsed) == range_
    assert parsed in Spec.parse(f"toy@{range_}").range
