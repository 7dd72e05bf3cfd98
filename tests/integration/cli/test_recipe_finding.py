"""recipe list, search, show, verify, fsck at the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import warm_cobrex
from recipe_folder import numbered

PYTHONPATH = os.pathsep.join(sys.path)


class Site:
    """A store, and a way to call cobrex on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.registry = home / "store" / "registry.git"

    def __call__(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "COBREX_HOME": str(self.home), "PYTHONPATH": PYTHONPATH}
        done = warm_cobrex.run(words, environ, 240)
        assert done.returncode == code, done.stderr
        return done

    def rows(self, *words: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self(*words, "--json").stdout)
        return rows


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("site"))
    for version in ("1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1"):
        site("recipe", "publish", str(numbered(site.home / "toy", version)))
    site("recipe", "publish", str(numbered(site.home / "toy", "1.0.0")), "--namespace", "julia")
    site("recipe", "promote", "toy@1.1.0", "production")
    site("recipe", "yank", "toy@1.2.0", "--reason", "flips the field", "--use", "toy@1.1.0")
    site("recipe", "deprecate", "toy@1.0.0", "--reason", "old")
    return site


def test_list(site: Site) -> None:
    rows = {row["recipe"]: row for row in site.rows("recipe", "list")}
    assert rows["toy"]["version"] == "1.1.0"
    assert rows["toy"]["channels"] == ["production"]
    assert rows["ifs_specpos"]["channels"] == []
    every = site.rows("recipe", "list", "--all", "--namespace", "main")
    toys = {row["version"]: row["standing"] for row in every if row["recipe"] == "toy"}
    assert toys == {"1.0.0": "deprecated", "1.1.0": "", "1.2.0": "yanked", "2.0.0-rc.1": ""}
    assert [row["recipe"] for row in site.rows("recipe", "list", "--namespace", "julia")] == [
        "julia/toy"
    ]
    assert [row["version"] for row in site.rows("recipe", "list", "--channel", "production")] == [
        "1.1.0"
    ]
    assert "production" in site("recipe", "list", "--csv").stdout


def test_search(site: Site) -> None:
    def found(*words: str) -> set[str]:
        return {row["recipe"] for row in site.rows("recipe", "search", *words)}

    assert found("--in", "TOY_DARK") == {"toy", "julia/toy"}
    assert found("--out", "ifs_astrometry") == {"ifs_astrometry"}
    assert found("--in", "IFS_SPECPOS") >= {"ifs_astrometry"}
    assert found("--parameter", "sigma", "--channel", "production") == {"toy"}
    assert found("plate scale") == {"ifs_astrometry"}
    assert found("julia") == {"julia/toy"}
    assert found("--instrument", "SPHERE/IFS", "--out", "TOY_CUBE") == {"toy", "julia/toy"}
    assert found("nothing of the kind") == set()


def test_show_and_warnings(site: Site) -> None:
    shown = site("recipe", "show", "toy#production")
    assert "2.0.0-rc.1, 1.2.0 (yanked), 1.1.0 (production), 1.0.0 (deprecated)" in shown.stdout
    assert shown.stderr == ""
    exact = site("recipe", "show", "toy@1.2.0")
    assert exact.stderr == (
        "warning: recipe toy 1.2.0 is yanked: flips the field; use toy@1.1.0 instead\n"
    )
    told = json.loads(site("recipe", "show", "toy@1.2.0", "--json").stdout)
    assert told["yanked"]["reason"] == "flips the field"
    assert told["all_channels"] == {"production": "1.1.0"}
    error = site("recipe", "show", "toy#prodution", code=3).stderr
    assert "did you mean production?" in error


def test_verify_and_fsck(site: Site) -> None:
    assert "nothing is wrong" in site("recipe", "verify", "toy").stdout
    assert "1 version verified" in site("recipe", "verify", "toy@1.1.0").stdout
    assert json.loads(site("recipe", "fsck", "--json").stdout)["findings"] == []
    git = ["git", f"--git-dir={site.registry}"]
    head = subprocess.run([*git, "rev-parse", "refs/tags/recipe/main/toy/1.0.0^{commit}"],
                          capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
    subprocess.run([*git, "update-ref", "refs/heads/main", head], check=True)
    said = site("recipe", "fsck", code=3)
    assert "refs/heads/main: a ref that is none of a registry's" in said.stdout
    assert "one thing in the registry is not as it should be" in said.stderr
    subprocess.run([*git, "update-ref", "-d", "refs/heads/main"], check=True)
