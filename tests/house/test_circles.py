"""No module takes from a module that, in the end, takes from it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("src/cobrex", "registry/cobrex_registry", "db/cobrex_db")


def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        root = ROOT / package
        for path in root.rglob("*.py"):
            parts = path.relative_to(root.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def taken(name: str, path: Path, known: set[str]) -> set[str]:
    """The modules a module imports, wherever in its text."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            names = {f"{stem}.{alias.name}" for alias in node.names}
            found |= names if names <= known else names | {stem}
    return (found & known) - {name}


def test_imports_run_one_way() -> None:
    paths = modules()
    left = {name: taken(name, path, set(paths)) for name, path in paths.items()}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    while top := [name for name in left if not any(name in needs for needs in left.values())]:
        for name in top:  # what nobody takes from is above the circle, not in it
            del left[name]
    assert not {name: sorted(needs & left.keys()) for name, needs in left.items()}
