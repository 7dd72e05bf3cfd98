"""Man pages read for inputs and products; manifests written from what esorex tells."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from cobrex_registry.errors import RegistryError
from cobrex_registry.imports.esorex_manual import Proposal, inputs_of, outputs_of, sections
from cobrex_registry.imports.esorex_parameters import parameters_of
from cobrex_registry.imports.esorex_program import Esorex
from cobrex_registry.imports.new_place import demand_new
from cobrex_registry.reading.strict_yaml import load
from cobrex_registry.recipe.manifest_text import text

FILES = """
    The files listed in the Set Of Frames (sof-file) must be tagged:
    raw-file.fits LAMP or
    raw-file.fits TEC_LAMP.
    raw-file.fits LAMP_SKY or
    dark-file.fits DARK_IM
    catalogue-file STARS (optional)
    The recipe creates as an output:
    lamp_set.fits (LAMP_IM): The master lamp
    lamp_bpm.fits(BPM): Bad pixels
    Return code:
    esorex exits with an error code of 0, PRO CATG none
"""
COUNTED = """
    Input frames for raw frame tag "ARC":
     Frame tag            Type Req #Fr Description
     -------------------- ---- --- --- ------------
     ARC                  raw   .      Arc lamps
     MASTER_BIAS          calib Y    1 Master bias, an output of the bias recipe
     BADPIX_TABLE         calib .      Bad pixels
    Input frames for raw frame tag "ARC_LSF":
     ARC_LSF              raw   .  >=3 Arc lamps of the LSF
     ILLUM                raw   .    1 Optional lamp
    Product frames for raw frame tag "ARC":
     Frame tag            Level    Description
     -------------------- -------- ------------
     WAVE                 final    Wavelengths
"""
REQUIRED = """
    Input files:
      DO category:  Type:       Explanation:     Required:
      BIAS          Raw         Bias exposure       Y
      CCD_TABLE     Calib       Bad pixel table     .
    Output files:
      DO category:  Data type:  Explanation:
      MASTER_BIAS   FITS image  Master bias
"""
RULED = """
    The program accepts the following files in the SOF:
        Tag                   Description
        -----------------------------------------------------
        DARK                  A list of raw dark images
        REFERENCE_DARK_OF_OLD Optional reference
    If no REFERENCE is there, none is compared.
"""
WORDS = """
    Input frames have the tag BIAS_BLUE or BIAS_RED, and a table, LINE_TABLE_xxxx
    (xxxx = BLUE, REDL, REDU), is needed.
    For each chip the recipe produces the products:
     'MASTER_xxxx'      the master
"""


def _page(description: str) -> str:
    body = textwrap.indent(textwrap.dedent(description), "  ")
    return f"NAME\n  x -- An x.\n\nDESCRIPTION\n{body}\nOPTIONS\n  --x\n\nAUTHOR\n  A\n"


def _tags(found: list[Proposal]) -> list[tuple[str, ...]]:
    return [one.tags for one in found]


@pytest.mark.parametrize(
    ("page", "takes", "makes"),
    [
        (FILES, [("LAMP", "TEC_LAMP"), ("LAMP_SKY",), ("DARK_IM",), ("STARS",)],
         [("LAMP_IM",), ("BPM",)]),
        (COUNTED, [("ARC", "ARC_LSF"), ("MASTER_BIAS",), ("BADPIX_TABLE",), ("ILLUM",)],
         [("WAVE",)]),
        (REQUIRED, [("BIAS",), ("CCD_TABLE",)], [("MASTER_BIAS",)]),
        (RULED, [("DARK",), ("REFERENCE_DARK_OF_OLD",)], []),
        (WORDS, [("BIAS_BLUE", "BIAS_RED"),
                 ("LINE_TABLE_BLUE", "LINE_TABLE_REDL", "LINE_TABLE_REDU")],
         [("MASTER_BLUE",), ("MASTER_REDL",), ("MASTER_REDU",)]),
        ("See the manual.", [], []),
        ("", [], []),
    ],
)  # fmt: skip
def test_what_a_page_tells(
    page: str, takes: list[tuple[str, ...]], makes: list[tuple[str, ...]]
) -> None:
    assert _tags(inputs_of(_page(page))) == takes
    assert _tags(outputs_of(_page(page))) == makes


def test_counts_and_needs_are_read() -> None:
    arc, bias, bad, illum = inputs_of(_page(COUNTED))
    assert arc.raw and arc.max is None and not arc.required
    assert (bias.required, bias.min, bias.max) == (True, 1, 1)
    assert (bad.required, bad.max, illum.max) == (False, None, 1)


def test_sections_and_a_page_that_is_none() -> None:
    assert sections(_page("x"))["AUTHOR"].strip() == "A"
    assert sections("nothing") == {} and inputs_of("nothing") == []


def _told(**more: object) -> dict[str, object]:
    known = {"name": "a.b.c", "display_name": "c", "valtype": "double", "partype": "value"}
    return {**known, "value": 1, "description": "a\nb", **more}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (_told(), {"type": "float", "default": 1.0}),
        (_told(valmin=0, valmax=2), {"type": "float", "default": 1.0, "min": 0.0, "max": 2.0}),
        (_told(value=7, valmin=0, valmax=2), {"type": "float", "default": 7.0}),
        (_told(valtype="int", valenum=[1, 2]), {"type": "enum", "default": 1, "choices": [1, 2]}),
        (_told(valtype="string", value="z", valenum=["x"]),
         {"type": "enum", "default": "z", "choices": ["z", "x"]}),
        (_told(valtype="string", value=""), {"type": "str", "default": ""}),
        (_told(valtype="bool", value=True), {"type": "bool", "default": True}),
    ],
)  # fmt: skip
def test_parameters(told: dict[str, object], expected: dict[str, object]) -> None:
    assert parameters_of([told, told], "x") == [{"name": "c", **expected, "description": "a b"}]


@pytest.mark.parametrize(
    "told", [_told(display_name="a b"), _told(valtype="frame"), _told(value=None), {}]
)
def test_parameters_no_manifest_holds(told: dict[str, object]) -> None:
    with pytest.raises(RegistryError):
        parameters_of([told], "x")


@pytest.mark.parametrize("folder", ["relative", "/a b", "/a;rm", "/$(x)", "/a\n", "--x", "/a:b"])
def test_folders_that_cannot_stand_in_a_command(folder: str) -> None:
    with pytest.raises(RegistryError, match="cannot stand"):
        Esorex(folder)


@pytest.mark.parametrize(
    "value",
    ["a b", "no", "null", "1.0", "12:30:00", "a: b", "# x", '"q"', "é", "", "1e5", " a", "a ",
     "\u2028", True, 1, 1.5, 1e-300, None, [1, "no"], {"x y": "on", "a": [1.0]}],
)  # fmt: skip
def test_text_is_read_back_as_it_was(value: object) -> None:
    assert load(f"key: {text(value)}\n", "x")["key"] == value


def test_an_import_overwrites_nothing(tmp_path: Path) -> None:
    demand_new(tmp_path / "new")
    (tmp_path / "new").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("new", "link"):
        with pytest.raises(RegistryError, match="there already"):
            demand_new(tmp_path / name)
