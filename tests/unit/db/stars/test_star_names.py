from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cobrex_db.stars.constellations import CONSTELLATIONS, GREEK
from cobrex_db.stars.names import MAX_NAME, normal_form, parse

SPELLINGS = {
    "HR 100": ["HR100", "hr 100", "HR-100", "HR  0100", "HR_100", " Hr 100 ", "* HR 100",
               "HR\t100"],
    "HD 95086": ["HD_95086", "hd095086", "HD-95086", "NAME HD 95086", "HD\u00a095086"],
    "HD 142527B": ["HD 142527 B", "HD142527b", "HD_142527_B"],
    "HIP 2072": ["HIP2072", "hip 002072", "HIP_2072"],
    "SAO 206462": ["sao206462"],
    "GJ 504": ["Gl 504", "Gliese 504", "GJ504", "gj-504"],
    "GJ 1.1": ["GJ1.1"],
    "kap Phe": ["kappa Phe", "κ Phe", "kap. Phe", "* kap Phe", "KAP PHE", "Kappa Phoenicis",
                "kap_Phe", "kapPhe", "κPhe", "kappa phoenix", "ϰ Phe"],
    "gam1 And": ["γ1 And", "gamma 1 And", "γ¹ And", "gam01 And", "* gam01 And",
                 "gamma1 Andromedae"],
    "bet Pic": ["β Pic", "Beta Pictoris", "betaPic", "beta_pic", "BETA PIC", "bet Pic",
                "Bet.Pic"],
    "51 Eri": ["51 Eridani", "51Eri", "51_eri", "* 51 Eri", "051 Eri", "51 ERIDANUS"],
    "alp CMa": ["alpha Canis Majoris", "α CMa", "alf CMa", "alpha_CMA", "Alpha CanisMajoris"],
    "alp Cen A": ["alf Cen A", "alpha Centauri A", "α Cen A", "alfCenA"],
    "61 Cyg B": ["61 Cygni B", "61_Cyg_B", "61CygB"],
    "mu Cas": ["μ Cas", "µ Cas", "mu. Cas", "Mu Cas", "muCas"],
    "pi1 Ori": ["PI1 ORI", "pi. 1 Ori", "π¹ Orionis"],
    "the Oct": ["tet Oct", "theta Octantis", "ϑ Oct"],
    "AF Lep": ["V* AF Lep", "AFLep", "af lep", "AF_Lep", "AF Leporis"],
    "TW Hya": ["TWHYA", "TW_HYA", "tw hydrae"],
    "V640 Cas": ["v640 cas", "V* V640 Cas", "V0640 Cas", "V640Cas"],
    "b Cen": ["bCen", "b_Cen", "* b Cen"],
    "R CrA": ["V* R CrA", "R_CrA", "RCrA", "R Coronae Australis"],
    "TYC 7415-284-1": ["TYC_7415_0284_1", "TYC 7415-0284-1", "tyc 7415 284 1", "TYC-7415-284-1"],
    "2MASS J01225093-2439505": ["2MASSJ01225093-2439505", "2mass 01225093-2439505",
                                "2MASS_J01225093-2439505"],
    "BD+44 4550": ["BD +44 4550", "BD+44_4550", "bd+44°4550", "BD+44d4550"],
    "CPD-44 101": ["CP-44   101", "CPD-44 0101"],
    "PDS 70": ["PDS70", "pds-70", "PDS_70", "NAME PDS 70"],
    "LKCA 15": ["LkCa 15", "LkCa15", "LKCA_15"],
    "A124420": ["a124420", "A 124420", " A124420"],
    "RX J1615.3-3255": ["RXJ1615.3-3255", "RX_J1615.3-3255"],
    "FOMALHAUT": ["Fomalhaut", "NAME Fomalhaut", "fomalhaut "],
    "BOOTIS": ["Boötis"],
}  # fmt: skip

DISTINCT = [
    ("HR 100", "HD 100"), ("HR 100", "HR 1000"), ("b Cen", "B Cen"), ("a Car", "A Car"),
    ("MU Cas", "mu Cas"), ("NU Ori", "nu Ori"), ("kap Phe", "kap1 Phe"), ("gam1 And", "gam2 And"),
    ("51 Eri", "5 Eri"), ("alp Cen A", "alp Cen B"), ("alp Cen", "alp Cen A"),
    ("61 Cyg A", "61 Cyg"),
    ("HD 142527", "HD 142527 B"), ("BD+12 345", "BD-12 345"), ("BD+00 345", "BD-00 345"),
    ("CD-35 2722", "CPD-35 2722"), ("TYC 7415-284-1", "TYC 7415-284-2"),
    ("2MASS J01225093-2439505", "2MASS J01225093+2439505"), ("GJ 1.1", "GJ 11"),
    ("alp PsA", "alp Psc"), ("HD95086", "HD95086_IRDIS"), ("HD 1 HD 2", "HD 1"),
    ("R And", "r And"), ("WISE J0458+6434", "WISE J0458-6434"), ("bet CMa", "bet CMi"),
    ("A 1 23", "A 12 3"), ("HR Car", "HR 1"), ("V1 Cen", "V1000 Cen"), ("BD-12", "BD+12"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("normal", "spelling"), [(n, s) for n, many in SPELLINGS.items() for s in (n, *many)]
)
def test_spellings_share_one_form(normal: str, spelling: str) -> None:
    assert normal_form(spelling) == normal


@pytest.mark.parametrize(("one", "other"), DISTINCT)
def test_distinct_names_stay_distinct(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)


@pytest.mark.parametrize(
    ("name", "catalogue"),
    [("hr100", "HR"), ("κ Phe", "Bayer"), ("51 Eri", "Flamsteed"), ("AF Lep", "variable"),
     ("11 Bet Mon", "Bayer"), ("CP-44 101", "CPD"), ("Vega", "other"), ("", "other"),
     ("HD 1 HD 2", "other"), ("V335 Sgr", "variable"), ("HR Car", "variable")],
)  # fmt: skip
def test_catalogue_is_told(name: str, catalogue: str) -> None:
    assert parse(name).catalogue == catalogue


def test_flamsteed_and_bayer_together_keep_the_letter() -> None:
    assert normal_form("11Bet Mon") == "bet Mon"


def test_88_constellations_and_24_letters() -> None:
    assert len(set(CONSTELLATIONS.values())) == 88
    assert len(set(GREEK.values())) == 24


@pytest.mark.parametrize("name", ["", "   ", "\x00", "_", "\ud800", "*"])
def test_nothing_readable_is_empty_or_harmless(name: str) -> None:
    normal_form(name).encode("utf-8")


def test_long_names_fit_the_column() -> None:
    assert len(normal_form("x y " * 300)) <= MAX_NAME
    assert len(normal_form("HD " + "9" * 400)) <= MAX_NAME


@given(st.text(max_size=60))
def test_normal_form_is_idempotent(name: str) -> None:
    once = normal_form(name)
    assert normal_form(once) == once
    once.encode("utf-8")


_PARTS = ["HR", "HD", "BD", "TYC", "2MASS", "V", "V*", "*", "NAME", "J", "-", "+", "_", ".",
          "A", "MU"]  # fmt: skip
_PIECES = st.sampled_from([*GREEK, *CONSTELLATIONS, *CONSTELLATIONS.values(), *_PARTS, " "])


@given(st.lists(st.one_of(_PIECES, st.integers(0, 99999).map(str)), max_size=7).map("".join))
def test_normal_form_is_idempotent_near_real_names(name: str) -> None:
    once = normal_form(name)
    assert normal_form(once) == once


_SEPARATOR = st.sampled_from(["", " ", "  ", "-", "_", " 0", "0"])


@given(
    st.sampled_from(["HR", "HD", "HIP", "SAO", "GJ"]),
    st.integers(1, 999_999), st.integers(1, 999_999),
    _SEPARATOR, _SEPARATOR, st.booleans(),
)  # fmt: skip
def test_numbers_collapse_only_when_equal(
    catalogue: str, one: int, two: int, left: str, right: str, lower: bool
) -> None:
    first = f"{catalogue}{left}{one}"
    second = f"{catalogue.lower() if lower else catalogue}{right}{two}"
    assert (normal_form(first) == normal_form(second)) == (one == two)


@given(
    st.sampled_from(sorted(GREEK)), st.sampled_from(sorted(GREEK)),
    st.sampled_from(sorted(CONSTELLATIONS)), st.sampled_from(sorted(CONSTELLATIONS)),
    st.sampled_from(["", "1", "2"]), st.sampled_from([" ", "_", ". ", "  "]),
)  # fmt: skip
def test_bayer_names_collapse_only_when_equal(
    one: str, two: str, here: str, there: str, index: str, gap: str
) -> None:
    same = GREEK[one] == GREEK[two] and CONSTELLATIONS[here] == CONSTELLATIONS[there]
    first, second = f"{one}{index}{gap}{here}", f"{two}{index} {there}"
    assert (normal_form(first) == normal_form(second)) == same


@given(st.integers(1, 9999), st.integers(1, 99999), st.integers(1, 3))
def test_tycho_spellings(region: int, number: int, component: int) -> None:
    key = f"TYC {region}-{number}-{component}"
    assert normal_form(f"TYC_{region:04d}_{number:05d}_{component}") == key
    assert normal_form(key.lower()) == key
