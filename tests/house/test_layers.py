"""Who may import whom, and what a command may import to start."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from own_python import python

from cobrex.content import home

ROOT = home()
PACKAGES = {"cobrex": "src", "cobrex_registry": "registry", "cobrex_db": "db"}
_ONLY_IN = {
    "sqlalchemy": ("cobrex_db",),
    "alembic": ("cobrex_db",),
    "git": ("cobrex_registry",),
    "yaml": ("cobrex_registry",),
    "typer": ("cobrex.cli",),
    "rich": ("cobrex.cli",),
    "cobrex_db": ("cobrex_db", "cobrex"),
    "cobrex_registry": ("cobrex_registry", "cobrex"),
    "cobrex": ("cobrex",),
}
HEAVY = ("astropy", "snakemake", "pandas", "sqlalchemy.orm", "numpy")


def modules() -> list[tuple[str, ast.Module]]:
    """Dotted name and tree of every module of the three packages."""
    found = []
    for package, folder in PACKAGES.items():
        for path in (ROOT / folder / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT / folder).with_suffix("").parts)
            found.append((name, ast.parse(path.read_text(encoding="utf-8"))))
    return found


def imports(tree: ast.Module) -> set[str]:
    """Top-level names a module imports when it runs, also inside functions."""
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


def test_packages_import_only_what_is_theirs():
    wrong = []
    for name, tree in modules():
        for imported in imports(tree) & _ONLY_IN.keys():
            owners = _ONLY_IN[imported]
            if not any(name == owner or name.startswith(f"{owner}.") for owner in owners):
                wrong.append(f"{name} imports {imported}")
    assert wrong == []


def test_the_rooms_do_not_import_the_command_line():
    wrong = [
        name
        for name, tree in modules()
        if not name.startswith(("cobrex.cli", "cobrex.__main__"))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("cobrex.cli")
    ]
    assert wrong == []


def test_nothing_is_printed_below_the_command_line():
    wrong = [
        name
        for name, tree in modules()
        if not name.startswith("cobrex.cli")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert wrong == []


def test_the_contracts_of_import_linter_hold():
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("import-linter is not installed: scripts/check installs it")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [("--help",), ("find", "--limit", "5"), ("find", "--star", "HR100"), ("star", "show", "HR100")],
    ids=" ".join,
)
def test_a_command_that_reads_imports_nothing_heavy(words, tmp_path):
    """`find` in a catalogue that is there already: making one needs Alembic."""
    environ = {"COBREX_HOME": str(tmp_path / "home")}
    made = python("-m", "cobrex", "catalogue", "upgrade", cwd=tmp_path, environ=environ)
    assert made.returncode == 0, made.stderr
    python("-m", "cobrex", "star", "show", "HR100", cwd=tmp_path, environ=environ)
    code = (
        "import sys\n"
        "from cobrex.cli.app import app\n"
        "from cobrex.cli.main import run\n"
        f"sys.argv = ['cobrex', *{list(words)!r}]\n"
        "code = run(app)\n"
        "print('MODULES', *sys.modules)\n"
        "sys.exit(code)\n"
    )
    done = python("-c", code, cwd=tmp_path, environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = set(done.stdout.rpartition("MODULES ")[2].split())
    assert "cobrex.cli.app" in loaded
    assert loaded.isdisjoint(HEAVY)
