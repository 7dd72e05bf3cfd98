"""How far a value lies from its peers."""

from __future__ import annotations

import pytest

from cobrex.batch.peers import oddest, spread


def test_an_outlier_does_not_hide_itself():
    where = spread([1.0, 1.1, 0.9, 1.0, 100.0])
    assert where.middle == 1.0
    assert where.sigma == pytest.approx(1.4826 * 0.1)
    assert where.z(100.0) == pytest.approx(99 / 0.14826)


def test_where_most_are_equal_the_mean_deviation_tells():
    where = spread([2.0, 2.0, 2.0, 2.0, 3.0])
    assert where.sigma == pytest.approx(1.253314 * 0.2)
    assert where.z(2.0) == 0
    assert where.z(3.0) == pytest.approx(1 / 0.2506628)
    assert spread([2.0] * 9).z(2.0) == 0


def test_few_tell_nothing_and_recipes_are_not_mixed():
    assert spread([1.0, 2.0, 50.0, 1.0]).z(50.0) is None
    flats = [(n, "flat", "QC RON", 1.0 + n / 10) for n in range(5)]
    darks = [(n + 10, "dark", "QC RON", 100.0) for n in range(4)]
    other = [(n, "flat", "QC LEVEL", 9.0 if n == 2 else 1.0) for n in range(5)]
    found = oddest([*flats, *darks, *other])
    assert set(found) == set(range(5))
    assert (found[2].metric, found[2].value, found[2].middle) == ("QC LEVEL", 9.0, 1.0)
    assert found[4].metric == "QC RON"
