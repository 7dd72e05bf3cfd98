"""Publishing a recipe that has tests: refused, warned of, raised."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import warm_cobrex
from toy_trial import place, regain, write_toy

from cobrex.settings import Settings
from cobrex.trial.publishing import Checked, check
from cobrex.trial.subject import working
from cobrex.trial.update import update
from cobrex_registry.errors import RegistryError
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Semver

Place = tuple[Registry, Settings]


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return place(tmp_path)


def accept(here: Place, folder: Path) -> None:
    from cobrex.trial.perform import perform

    one = working(folder, here[1])
    for test in one.chosen():
        update(one, test, perform(*here, one, test))


def warning(checked: Checked, version: str) -> str:
    return checked.warning(Semver.parse(version))


def test_a_recipe_that_fails_its_own_test_is_not_published(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    with pytest.raises(RegistryError, match=r"tests/small\.json is not in the folder"):
        check(*here, folder)
    accept(here, folder)
    regain(folder, "1.5", "1.0.0")
    with pytest.raises(RegistryError, match=r"small: .* results differ, QC MEAN") as refused:
        check(*here, folder)
    assert refused.value.kind == "tests-failed"
    assert "--update" in refused.value.hint


def test_moved_results_want_a_minor_number(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    accept(here, folder)
    first = check(*here, folder)
    assert (first.before, warning(first, "1.0.0"), first.level("patch")) == (None, "", "patch")
    publish(here[0], folder)
    assert check(*here, folder).trials == ()  # the same again: nothing to test

    same = check(*here, regain(folder, "1.0000001", "1.0.1"))
    assert (warning(same, "1.0.1"), same.level("patch")) == ("", "patch")

    regain(folder, "1.01", "1.0.1")
    accept(here, folder)
    moved = check(*here, folder)
    said = warning(moved, "1.0.1")
    assert "toy_mean@1.0.0" in said
    assert said.index("QC MEAN") < said.index("mean 0 PRIMARY")
    assert "1.1.0 would" in said
    assert warning(moved, "1.1.0") == warning(moved, "2.0.0") == ""
    assert (moved.level("patch"), moved.level("major")) == ("minor", "major")


def test_other_data_are_not_compared(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    accept(here, folder)
    publish(here[0], folder)
    (folder / "tests" / "data" / "inputs.sof").write_text("1.fits.gz TOY_RAW\n")
    regain(folder, "1.0", "1.0.1")
    accept(here, folder)
    checked = check(*here, folder)
    assert (checked.moved, len(checked.trials)) == ((), 1)


def test_at_the_command_line(here: Place, tmp_path: Path) -> None:
    folder = write_toy(tmp_path / "toy")
    accept(here, folder)

    def publish_it(*words: str, code: int = 0) -> str:
        environ = {**os.environ, "COBREX_HOME": str(here[1].home),
                   "PYTHONPATH": os.pathsep.join(sys.path)}  # fmt: skip
        done = warm_cobrex.run(["recipe", "publish", str(folder), *words], environ, 240)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "test small: passed" in publish_it()
    regain(folder, "1.5", "1.0.1")
    assert "fails its own tests" in publish_it(code=3)
    accept(here, folder)
    assert "warning: results moved beyond the tolerance of toy_mean@1.0.0: QC MEAN" in publish_it()
    regain(folder, "1.8", "1.0.1")
    accept(here, folder)
    taken = publish_it(code=3)
    assert "already published" in taken
    assert "test small" not in taken  # not worth a test: the number is refused whatever it says
    assert "toy_mean@1.1.0 is published" in publish_it("--bump")
    regain(folder, "2.5", "1.1.1")
    said = publish_it("--no-test")
    assert "test small" not in said
