"""What is supplied for a file, and by whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobrex.sidecar import Sidecars
from cobrex_db.errors import CatalogueError


def _values(sidecars: Sidecars, path: Path) -> dict[str, object]:
    found = sidecars(str(path)) or {}
    return {key: one["value"] for key, one in found.items()}


def test_nothing_is_supplied(tmp_path: Path) -> None:
    assert Sidecars()(str(tmp_path / "a.fits")) is None


@pytest.mark.parametrize("name, beside", [
    ("a.fits", "a.yaml"), ("a.fits", "a.fits.yaml"), ("a.fits.Z", "a.yaml"),
    ("a.fits.gz", "a.fits.gz.yaml"), ("a b.fits", "a b.yaml"),
])  # fmt: skip
def test_a_file_beside(tmp_path: Path, name: str, beside: str) -> None:
    (tmp_path / beside).write_text("target: HD 39060\ndit_s: 0.2\nndit: 4\n")
    sidecars = Sidecars()
    assert sidecars(str(tmp_path / name)) == {
        "target": {"value": "HD 39060", "source": f"side-car {beside}"},
        "dit_s": {"value": 0.2, "source": f"side-car {beside}"},
        "ndit": {"value": 4, "source": f"side-car {beside}"},
    }
    assert sidecars(str(tmp_path / "other.fits")) is None


def test_the_nearer_wins(tmp_path: Path) -> None:
    (tmp_path / "cobrex.yaml").write_text(
        '"*.fits": {a: 1, b: 1, c: 1, d: 1, e: 1}\na.fits: {b: 2, c: 2, d: 2, e: 2}\n'
    )
    (tmp_path / "a.yaml").write_text("c: 3\nd: 3\ne: 3\n")
    (tmp_path / "a.fits.yaml").write_text("d: 4\ne: 4\n")
    shared = tmp_path / "shared.yml"
    shared.write_text('"*": {a: 0, z: 0}\n')
    sidecars = Sidecars({"e": "5"}, shared)
    assert _values(sidecars, tmp_path / "a.fits") == {
        "a": 1,
        "b": 2,
        "c": 3,
        "d": 4,
        "e": "5",
        "z": 0,
    }
    assert _values(sidecars, tmp_path / "b.fits") == {
        "a": 1,
        "b": 1,
        "c": 1,
        "d": 1,
        "e": "5",
        "z": 0,
    }
    other = tmp_path / "other"
    other.mkdir()
    assert _values(sidecars, other / "a.fits") == {"a": 0, "e": "5", "z": 0}


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]",
        "a: [1]",
        "a: {b: 1}",
        "a: 1\na: 2",
        "a: 'x",
        "7: 1",
        "!!python/object:os.system {}",
    ],
)
def test_a_bad_side_car_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(CatalogueError, match=r"a\.yaml") as caught:
        Sidecars()(str(tmp_path / "a.fits"))
    assert caught.value.kind == "side-car"
    assert caught.value.hint


def test_a_bad_shared_file_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("target: HD 39060")
    with pytest.raises(CatalogueError, match=r"values\.yaml"):
        Sidecars(shared=tmp_path / "values.yaml")
    with pytest.raises(CatalogueError, match="cannot be read"):
        Sidecars(shared=tmp_path / "none.yaml")


def test_a_bad_folder_file_is_named_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "cobrex.yaml").write_text("- 1")
    sidecars = Sidecars()
    for name in ("a.fits", "b.fits"):
        with pytest.raises(CatalogueError, match=r"cobrex\.yaml"):
            sidecars(str(tmp_path / name))
