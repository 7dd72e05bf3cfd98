"""What a person supplied stays until the same person says otherwise."""

from __future__ import annotations

from cobrex_db.reading import BY_SET, merged


def given(source: str, **values: str) -> dict[str, dict[str, str]]:
    return {key: {"value": value, "source": source} for key, value in values.items()}


CAR = given("cobrex.yaml", target="HD 39060", filter="L'")


def test_one_value_set_later_leaves_the_others() -> None:
    now = merged(CAR, given(BY_SET, filter="Lp"))
    assert now == CAR | given(BY_SET, filter="Lp")


def test_a_side_car_takes_the_place_of_the_one_before() -> None:
    stored = CAR | given(BY_SET, filter="Lp")
    now = merged(stored, given("cobrex.yaml", target="bet Pic", filter="M'"))
    assert now == given("cobrex.yaml", target="bet Pic") | given(BY_SET, filter="Lp")


def test_nothing_given_changes_nothing() -> None:
    assert merged(CAR, None) == CAR
    assert merged(None, None) is None
