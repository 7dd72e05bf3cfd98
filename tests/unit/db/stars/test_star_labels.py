from __future__ import annotations

import pytest

from cobrex_db.stars.labels import is_inside, is_label


@pytest.mark.parametrize("target", ["DARK", "FLAT,LAMP", "lamp", "WAVE,LAMP", "DARK,BACKGROUND",
                                    "SPECPOS,LAMP", "LAMP,DISTORT", "FLAT, LAMP "])  # fmt: skip
def test_light_from_inside(target: str) -> None:
    assert is_inside(target)
    assert is_label(target)


@pytest.mark.parametrize("target", ["Object name not set", "STD", "SKY", "OBJECT,CENTER", "", " ",
                                    "OBJECT,FLUX", "STD,ASTROMETRY", "N/A", "---"])  # fmt: skip
def test_labels_on_sky(target: str) -> None:
    assert is_label(target)
    assert not is_inside(target)


@pytest.mark.parametrize("target", ["HR 100", "A124420", "TYC_7415_0284_1", "Dark Star 7", "Skye",
                                    "Fomalhaut", "STD HD 2262", "47 Tuc"])  # fmt: skip
def test_names(target: str) -> None:
    assert not is_label(target)
    assert not is_inside(target)
