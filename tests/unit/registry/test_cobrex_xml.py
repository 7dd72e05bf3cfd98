"""Recipes and rules of the data centre's client, imported; malformed files, refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cobrex_xml import GDL, NAMED, PYTHON, RULES, write_samples

from cobrex.rules.book import COLUMNS
from cobrex.rules.model import Count, Match
from cobrex.rules.read import parse
from cobrex_registry.admission.lint import lint
from cobrex_registry.errors import RegistryError
from cobrex_registry.imports.cobrex_files import Brought, import_files
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.parameters import as_options, resolve


@pytest.fixture
def brought(tmp_path: Path) -> Brought:
    paths = write_samples(tmp_path / "xml")
    return import_files(list(paths.values()), tmp_path / "recipes")


def of(brought: Brought, name: str) -> Manifest:
    return next(one.manifest for _, one in brought.recipes if one.manifest.name == name)


def test_a_script_in_python(brought: Brought, tmp_path: Path) -> None:
    folder = tmp_path / "recipes" / "toy_mean"
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert files == {"recipe.yaml", "toy_mean.py", "lib/means.py"}
    assert lint(folder) == []
    toy = of(brought, "toy_mean")
    assert toy.command == "python3 toy_mean.py {options} {sof}"
    assert (toy.title, toy.instrument, toy.license) == (
        "Averages toys", "SPHERE/IFS", "GPL-2.0-or-later")  # fmt: skip
    assert [(i.frame_types, i.min, i.max, i.main) for i in toy.inputs] == [
        (("TOY_RAW",), 1, None, True), (("TOY_MASTER_FLAT",), 0, 1, False)]  # fmt: skip
    assert [(o.file, o.min, o.max, o.main) for o in toy.outputs] == [
        ("toy_mean.fits", 1, 1, True), ("*.png", 0, None, False)]  # fmt: skip
    assert toy.parameters[1].choices == (0, 1, 2)
    words = as_options(resolve(toy, text={"label": ""}), toy)
    assert words == ["--sigma", "4.5", "--method", "1", "--planes", "1,2,5", "--verbose"]
    words = as_options(resolve(toy, text={"label": "a b", "verbose": "false"}), toy)
    assert words[-2:] == ["--label", "a b"]


def test_values_in_the_call(brought: Brought, tmp_path: Path) -> None:
    gdl = of(brought, "toy_gdl")
    assert lint(tmp_path / "recipes" / "toy_gdl") == []
    assert gdl.command.startswith("gdl -q -e 'toy_gdl, {arg1}, /quiet' --args")
    assert as_options(resolve(gdl), gdl) == ["deep", "-n", "7"]
    assert gdl.outputs[0].file == "out.fits"


def test_files_told_by_options(brought: Brought, tmp_path: Path) -> None:
    named = of(brought, "toy-named")
    folder = tmp_path / "recipes" / "toy-named"
    assert lint(folder) == []
    assert os.access(folder / "named.sh", os.X_OK)
    assert "sof" not in named.command
    assert [one.option for one in named.inputs] == ["raw", "flat"]
    assert as_options(resolve(named), named) == ["-out", "named.fits"]
    ((_, proposed),) = [pair for pair in brought.recipes if pair[1].manifest is named]
    assert proposed.notes == ["line 20: parameter depth must be given: it has no default"]


def test_rules(brought: Brought, tmp_path: Path) -> None:
    text = (tmp_path / "recipes" / "associations" / "rules.yaml").read_text()
    rules = parse(load(text, "x")["associations"], "rules.yaml", columns=COLUMNS)
    assert list(rules) == ["toy_mean"]
    rule = rules["toy_mean"]
    assert (rule.recipe, rule.main.frame_types, rule.main.group_by, rule.main.count) == (
        "toy_mean@^1", ("TOY_RAW",), ("star", "night"), Count())  # fmt: skip
    (flat,) = rule.inputs
    assert (flat.role, flat.count, flat.sources[0].take) == (
        "toy_master_flat", Count(0, 1), "nearest")  # fmt: skip
    assert flat.sources[0].match == (
        Match("filter", "equal", "filter", null=True),
        Match("coronagraph", "equal", "coronagraph", ("none\nx: y",)),
    )
    assert brought.rules[0][1].untranslated == []
    told = "\n".join(brought.rules[0][1].read_as)
    for word in ("parent_process_id is variable", "other_[a-z]+: none imported now"):
        assert word in told
        assert word in text


CENTRE = """\
<association_rules>
  <recipe id="toy_(mean|sum)">
    <frame_type include="TOY_RAW" limit="9">
      <attribute id="any_reduction_id" use="equal"/>
      <attribute id="exp_time" use="equalOrValue" value="16" allowNull="true"/>
    </frame_type>
    <frame_type include="TOY_MASTER_FLAT,TOY_DARK" exclude="TOY_DARK" limit="3" optional="true">
      <attribute id="parent_process_id" use="equal"/>
      <attribute id="exp_time" use="equalOrValue" value="16"/>
    </frame_type>
    <frame_type include="all" limit="0"><attribute id="any_reduction_id"/></frame_type>
  </recipe>
  <recipe id=".*_gdl"><frame_type include="all"><attribute id="coro"/></frame_type></recipe>
</association_rules>
"""


def test_all_that_rules_of_the_centre_say_is_said(tmp_path: Path) -> None:
    paths = write_samples(tmp_path / "xml")
    paths["rules"].write_text(CENTRE)
    made = import_files(list(paths.values()), tmp_path / "recipes").rules[0][1]
    assert made.untranslated == []
    rules = parse(made.table, "rules.yaml", columns=COLUMNS)
    assert list(rules) == ["toy_mean", "toy_gdl"]
    mean = rules["toy_mean"]
    assert (mean.main.group_by, mean.main.count.max) == (("process_id", "dit_s"), 9)
    (flat,) = mean.inputs
    source = flat.sources[0]
    assert (flat.count, source.take, source.lineage, source.frame_types) == (
        Count(0, 3), "all", "same_process", ("TOY_MASTER_FLAT",))  # fmt: skip
    assert source.match == (Match("dit_s", "equal", "dit_s", (16.0,)),)
    assert "the value for itself" in "\n".join(made.read_as)
    gdl = rules["toy_gdl"]
    assert (gdl.main.frame_types, gdl.main.group_by) == (("TOY_RAW",), ("coronagraph",))


BOMB = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<executable_recipe><recipe name="&c;"/></executable_recipe>"""
OUTSIDE = """<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><executable_recipe>&a;</executable_recipe>"""
BAD = {
    "bomb": (BOMB, ": a DOCTYPE"),
    "outside": (OUTSIDE, ": a DOCTYPE"),
    "dtd": ('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>', ": a DOCTYPE"),
    "entity": ("<executable_recipe a='&nope;'/>", "1:1: not well-formed: undefined entity"),
    "no root": ('<recipe id="a"/>\n<recipe id="b"/>', "2:1: not well-formed: junk after"),
    "stray": (PYTHON.replace("<inputs", "oops <inputs"), "18:3: stray text 'oops'"),
    "cut off": (PYTHON[:900], ": not well-formed"),
    "empty": ("", "1:1: not well-formed: no element found"),
    "crossed": (PYTHON.replace("</inputs>", "</outputs>"), ": not well-formed: mismatched tag"),
    "binary": ("\0\1\2", "not well-formed"),
    "deep": ("<a>" * 100 + "</a>" * 100, "too deep"),
    "other": ("<html/>", "<html> is neither"),
    "no outputs": (NAMED.replace("outputs", "puts"), "<executable_recipe> has no <outputs>"),
    "type": (NAMED.replace('"int"', '"complex"'), ":20:26: parameter depth: 'complex' is no type"),
    "name": (NAMED.replace("toy-named", "../../x"), "cannot be the name"),
    "frame type": (NAMED.replace("TOY_NAMED", "a b"), "is no frame type"),
    "file": (NAMED.replace("named.fits", "../up.fits"), "is no file name"),
    "option": (NAMED.replace('"flat"', '"$(id)"'), "cannot be the name of an option"),
    "default": (GDL.replace('value="7"', 'value="seven"'), "the default 'seven' is no int"),
    "inline": (GDL.replace('"$1"', '"one"'), "$1 stands in the call"),
    "script": (PYTHON.replace("toy_mean.py", "gone.py"), "does not lie beside"),
    "escape": (PYTHON.replace("toy_mean.py", "../toy_mean.py"), "does not lie beside"),
    "regex": (PYTHON.replace("lib/[a-z]+\\.py", "(a+)+b"), "no simple regular expression"),
    "prefix": (NAMED.replace('prefix="-"', 'prefix="; rm"'), "cannot begin an option"),
    "braces": (GDL.replace("toy_gdl, $1", "{sof}"), "holds braces"),
    "use": (RULES.replace('"variable"', '"perhaps"'), "'perhaps' is no use of an attribute"),
    "id": (RULES.replace("other_[a-z]+", "(a+)+b"), "no simple regular expression"),
    "limit": (RULES.replace('limit="0"', 'limit="many"'), "is no count"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told_with_its_place_and_nothing_is_written(
    tmp_path: Path, case: str
) -> None:
    good = write_samples(tmp_path / "xml")
    bad = tmp_path / "xml" / "bad.xml"
    text, told = BAD[case]
    bad.write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        import_files([good["toy_mean"], bad, good["rules"]], tmp_path / "recipes")
    assert caught.value.kind == "xml"
    assert caught.value.message.startswith(f"{bad}:")
    assert told in caught.value.message
    assert caught.value.hint
    assert not (tmp_path / "recipes").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    good = write_samples(tmp_path / "xml")
    into = tmp_path / "recipes"
    (into / "associations").mkdir(parents=True)
    (into / "associations" / "rules.yaml").write_text("mine")
    with pytest.raises(RegistryError, match="nothing is overwritten"):
        import_files(list(good.values()), into)
    assert [p.name for p in into.iterdir()] == ["associations"]
    again = tmp_path / "xml" / "again.xml"
    again.write_text(PYTHON)
    with pytest.raises(RegistryError, match="would both be"):
        import_files([good["toy_mean"], again], tmp_path / "other")


def test_an_import_that_cannot_be_finished_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = write_samples(tmp_path / "xml")
    into = tmp_path / "recipes"
    into.mkdir()
    (into / "associations").write_text("a file where a folder must be")
    with pytest.raises(RegistryError, match="cannot be written"):
        import_files(list(good.values()), into)
    assert [p.name for p in into.iterdir()] == ["associations"]


def test_text_of_others_stays_in_its_comment(tmp_path: Path) -> None:
    path = write_samples(tmp_path / "xml")["toy_gdl"]
    nasty = GDL.replace("Runs in GDL", "a&#10;command: rm # &quot;").replace(
        'max="4"', 'max="&#10;x"'
    )
    path.write_text(nasty)
    with pytest.raises(RegistryError, match="is no count"):
        import_files([path], tmp_path / "recipes")
    path.write_text(GDL.replace("Runs in GDL", "a&#10;command: rm # &quot;"))
    found = import_files([path], tmp_path / "recipes").recipes[0][1].manifest
    assert found.title == 'a command: rm # "'
