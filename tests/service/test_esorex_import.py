"""ESO recipes, imported and run: real esorex, real HAWK-I plugins, two stages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from astropy.io import fits
from hawki_night import write_night
from toy_world import World

from cobrex.process.execute import LOG, execute, tail
from cobrex.process.last_words import last_words
from cobrex_registry.environments.environment import Environment, wrap
from cobrex_registry.imports.esorex_program import Esorex
from cobrex_registry.recipe.manifest import parse, problems_of
from cobrex_registry.recipe.parameters import as_options, resolve

pytestmark = pytest.mark.service


def _missing() -> str:
    if shutil.which("esorex") is None:
        return "esorex is not installed: apt-get install esorex cpl-plugin-hawki"
    if "hawki_cal_dark" not in Esorex().recipes():
        return "the HAWK-I recipes are not installed: apt-get install cpl-plugin-hawki"
    return ""


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if reason := _missing():
        pytest.skip(reason)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _import(world: World, *names: str) -> Path:
    folder = world.folder / "imported"
    world.cobrex("recipe", "import", "esorex", *names, "--into", str(folder))
    return folder


def _confirm(manifest: Path, *changes: tuple[str, str]) -> None:
    """Do what a person does: mend, and remove the mark."""
    text = re.sub(r"^confirm: .*\n", "", manifest.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    manifest.write_text(text, encoding="utf-8")


def test_what_was_proposed_is_looked_at_before_it_is_published(world: World) -> None:
    folder = _import(world, "hawki_cal_dark") / "hawki_cal_dark"
    _, problems = problems_of((folder / "recipe.yaml").read_text(encoding="utf-8"))
    assert problems == []  # nothing but the mark stands in the way
    assert "inputs.raw" in world.cobrex("recipe", "publish", str(folder), code=3)
    _confirm(folder / "recipe.yaml")
    world.cobrex("recipe", "lint", str(folder))
    world.cobrex("recipe", "publish", str(folder))


@pytest.mark.slow
def test_every_hawki_recipe_takes_every_option_of_its_manifest(world: World) -> None:
    names = [name for name in Esorex().recipes() if name.startswith("hawki_")]
    assert len(names) >= 20
    folder = _import(world, *names)
    for name in names:
        text = (folder / name / "recipe.yaml").read_text(encoding="utf-8")
        manifest = parse(text, name)
        options = as_options(resolve(manifest, {}), manifest)
        argv = [*Esorex().words(f"--log-dir={world.folder}", name), *options, "/no/such.sof"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=world.folder)
        assert done.returncode == 9, done.stdout + done.stderr  # options are read before the SOF


def test_settings_of_the_user_do_not_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    home = world.folder / "person"
    (home / ".esorex").mkdir(parents=True)
    settings = "hawki.hawki_cal_dark.sigma=77\n"
    (home / ".esorex" / "hawki_cal_dark.rc").write_text(settings, encoding="utf-8")
    (home / ".esorex" / "esorex.rc").write_text("esorex.caller.recipe-dir=/tmp\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ESOREX_RECIPE_CONFIG", str(home / ".esorex" / "hawki_cal_dark.rc"))
    folder = _import(world, "hawki_cal_dark")
    manifest = parse((folder / "hawki_cal_dark" / "recipe.yaml").read_text("utf-8"), "x")
    assert {one.name: one.default for one in manifest.parameters}["sigma"] == 10.0


def test_a_misspelt_recipe_is_told_the_nearest_and_the_others_are_written(world: World) -> None:
    folder = world.folder / "imported"
    words = ("recipe", "import", "esorex", "hawki_caldark", "hawki_util_gendist", "--instrument")
    said = world.cobrex(*words, "HAWK-I", "--into", str(folder), code=3)
    assert "did you mean hawki_cal_dark" in said
    assert [one.name for one in folder.iterdir()] == ["hawki_util_gendist"]
    text = (folder / "hawki_util_gendist" / "recipe.yaml").read_text("utf-8")
    assert parse(text, "x").instrument == "HAWK-I"
    again = ("recipe", "import", "esorex", "hawki_util_gendist", "--into", str(folder))
    assert "nothing is overwritten" in world.cobrex(*again, code=3)
    assert [one.name for one in folder.iterdir()] == ["hawki_util_gendist"]


@pytest.mark.parametrize("name", ["--help", "x/../y", "$(touch z)", "a b", ""])
def test_what_is_no_name_starts_nothing(world: World, name: str) -> None:
    world.cobrex("recipe", "import", "esorex", "--", name, code=3)
    assert not (world.folder / "z").exists()


@pytest.mark.slow
def test_two_stages_with_a_product_of_the_first_in_the_second(world: World) -> None:
    names = ("hawki_cal_dark", "hawki_step_basic_calib")
    folder = _import(world, *names)
    _confirm(folder / names[0] / "recipe.yaml")
    old = 'frame_type: HAWKI_STEP_BASIC_CALIB_PRODUCT, file: "*.fits"'
    new = "frame_type: BASIC_CALIBRATED, catg: BASIC_CALIBRATED"
    _confirm(folder / names[1] / "recipe.yaml", (old, new))
    for name in names:
        world.cobrex("recipe", "publish", str(folder / name))
    assert "nothing is wrong" in world.cobrex("rules", "lint")  # the recipes' roles are known now
    write_night(world.data)
    world.cobrex("import", str(world.data))
    world.cobrex("reduce", "--frame", "JITTER_OBS", "-j", "2")

    done = json.loads(world.cobrex("process", "list", "--json"))
    keys = {one["recipe"].removeprefix("main/"): one["key"] for one in done}
    assert set(keys) == set(names)
    dark, image = (_products(world, keys[name]) for name in names)
    assert set(dark) == {"dark_im", "bpm_hot", "dark_stats"}
    header = fits.getheader(dark["dark_im"][0])
    assert header["ESO PRO CATG"] == "DARK_IM"
    assert header["ESO PRO REC1 ID"] == "hawki_cal_dark"
    parameters = {header[f"ESO PRO REC1 PARAM{n} NAME"]: header[f"ESO PRO REC1 PARAM{n} VALUE"]
                  for n in range(1, 7)}  # fmt: skip
    assert parameters["zone"] == "512,512,1536,1536" and float(parameters["sigma"]) == 10.0
    raw = [header[f"ESO PRO REC1 RAW{n} NAME"] for n in (1, 2, 3)]
    assert raw == [f"HAWKI.2020-03-07T10:{n:02d}:00.000.fits" for n in range(3)]
    assert header["COBREX KEY"] == keys[names[0]] and len(header["DATAMD5"]) == 32
    assert any(k.startswith("ESO QC") for k in fits.getheader(dark["dark_im"][0], 1))

    assert len(image["product"]) == 2
    header = fits.getheader(image["product"][0])
    assert header["ESO PRO CATG"] == "BASIC_CALIBRATED"
    assert header["COBREX RECIPE"] == "main/hawki_step_basic_calib"
    assert header["ESO PRO REC1 CAL1 NAME"] == dark["dark_im"][0].name
    assert header["ESO PRO REC1 CAL1 CATG"] == "DARK_IM"
    assert header["ESO PRO REC1 CAL1 DATAMD5"] == fits.getheader(dark["dark_im"][0])["DATAMD5"]
    level = fits.getdata(image["product"][0], 1).mean()
    assert abs(level - 1000) < 5  # the dark was subtracted


def _products(world: World, key: str) -> dict[str, list[Path]]:
    """Return the products of a process by role."""
    record = next(world.home.glob(f"store/processes/*/*/*/*/{key}/*/record.json"))
    found: dict[str, list[Path]] = {}
    for product in json.loads(record.read_text(encoding="utf-8"))["generated"]:
        found.setdefault(product["role"], []).append(record.parent / product["file"])
    return found


@pytest.mark.parametrize(
    ("words", "lines", "code", "said"),
    [
        (["hawki_cal_dark"], ["{dark} WRONG"], 255, "No raw frame in input"),
        (["hawki_cal_dark"], [], 255, "No raw frame in input"),
        (["hawki_cal_dark"], ["/no/such.fits DARK"], 9, "/no/such.fits"),
        (["hawki_nope"], ["{dark} DARK"], 13, "Unable to find recipe 'hawki_nope'"),
        (["hawki_cal_dark", "--sigma=abc"], ["{dark} DARK"], 255, "the option '--sigma'"),
        (["hawki_dark_combine", "--combtype=sum"], ["{dark} DARK"], 255, "the option '--combtype'"),
        (["hawki_dark_combine", "--thresh=-5"], ["{dark} DARK"], 255, "outside the permitted"),
        (["hawki_step_basic_calib"], ["{text} JITTER_OBS"], 255, "hawki_step_basic_calib: "),
    ],
)
def test_what_esorex_refuses_is_told_in_its_words(
    tmp_path: Path, words: list[str], lines: list[str], code: int, said: str
) -> None:
    dark, text = tmp_path / "dark.fits", tmp_path / "text.fits"
    fits.PrimaryHDU().writeto(dark)
    text.write_text("no FITS", encoding="ascii")
    sof = tmp_path / "in.sof"
    sof.write_text("".join(f"{line.format(dark=dark, text=text)}\n" for line in lines), "utf-8")
    argv, environ = wrap(
        Environment("host", ""), [*Esorex().words("--log-dir=."), *words, str(sof)]
    )
    ended = execute(argv, folder=tmp_path, environment=environ, walltime_s=60)
    told = last_words(argv, ended.exit_code, tail(tmp_path / LOG, lines=500))
    assert told.startswith(f"exit code {code}: ") and said in told, told
