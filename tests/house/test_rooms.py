"""The rooms of the registry are those that decision 3 lists, and the linter's layers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = ROOT / "registry" / "cobrex_registry"


def rooms() -> set[str]:
    return {
        path.stem
        for path in REGISTRY.iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }


def test_decision_3_lists_the_rooms() -> None:
    page = (ROOT / "docs" / "decisions" / "0003-registry.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+) \|", page.partition("## Rooms")[2], re.M)
    assert {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)} == rooms()


def test_every_room_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = [one for one in contracts["tool"]["importlinter"]["contracts"] if "exhaustive" in one]
    assert {name for one in found for row in one["layers"] for name in row.split(" | ")} == rooms()
