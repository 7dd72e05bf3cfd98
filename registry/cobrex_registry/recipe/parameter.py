"""One parameter of a recipe: its type, its bounds, its values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from cobrex_registry.errors import RegistryError
from cobrex_registry.reading.near_miss import near_miss

SCALARS = ("int", "float", "str", "bool", "enum")
LISTS = ("list[int]", "list[float]", "list[str]")
TYPES = (*SCALARS, *LISTS)
MAX_TEXT = 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")

Scalar = int | float | str | bool
Value = Scalar | list[int] | list[float] | list[str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a recipe.

    Attributes
    ----------
    name : str
        As in ``--name=value``.
    type : str
        One of `TYPES`.
    default : object
        Of that type.
    min, max : float or int or None
        Inclusive bounds of the number, or of each number of a list.
    choices : tuple
        The only values allowed; empty when free.
    unit, ucd, description : str
        For people, and for the IVOA ParameterDescription.
    form : str
        How it is given: ``option`` with its value; ``flag``, the bare name where it is true;
        ``value``, without its name.
    optional : bool
        Whether it may have no value; then it is not given at all.
    """

    name: str
    type: str
    default: Any
    min: float | int | None = None
    max: float | int | None = None
    choices: tuple[Scalar, ...] = ()
    unit: str = ""
    ucd: str = ""
    description: str = ""
    form: str = "option"
    optional: bool = False

    @property
    def item_type(self) -> str:
        """Type of the value, or of each element of a list."""
        return self.type.removeprefix("list[").removesuffix("]")

    @property
    def is_list(self) -> bool:
        """Whether values are lists."""
        return self.type.startswith("list[")

    @property
    def allowed(self) -> str:
        """What values are allowed, in words."""
        if self.choices:
            return f"one of {', '.join(map(str, self.choices))}"
        words = {"int": "an integer", "float": "a number", "str": "text", "bool": "true or false"}
        word = words.get(self.item_type, self.item_type)
        if self.is_list:
            word = f"a list, each {word}"
        if self.min is not None and self.max is not None:
            return f"{word} from {self.min} to {self.max}"
        if self.min is not None:
            return f"{word} of at least {self.min}"
        return f"{word} of at most {self.max}" if self.max is not None else word

    def check(self, value: Any) -> Value | None:
        """Return a value in its type.

        Parameters
        ----------
        value : object
            A number, text, bool or list, as YAML gives it.

        Returns
        -------
        int or float or str or bool or list
            An integer given for a float becomes a float.

        Raises
        ------
        RegistryError
            Of kind ``parameter``: wrong type, out of bounds, not finite.
        """
        if value is None and self.optional:
            return None
        if not self.is_list:
            return self._scalar(value, value)
        if not isinstance(value, list | tuple):
            raise self._refuse(value)
        return [self._scalar(item, value) for item in value]  # type: ignore[return-value]

    def read(self, text: str) -> Value | None:
        """Return the value a person wrote.

        Parameters
        ----------
        text : str
            ``6``, ``true``, ``gauss2d``; elements of a list joined by commas.

        Returns
        -------
        int or float or str or bool or list

        Raises
        ------
        RegistryError
            Of kind ``parameter``.
        """
        if not text and self.optional:
            return None
        if not self.is_list:
            return self.check(self._typed(text))
        return self.check([self._typed(item) for item in text.split(",")] if text else [])

    def _typed(self, text: str) -> Any:
        stripped, kind = text.strip(), self.item_type
        if kind == "int" and _INTEGER.fullmatch(stripped):
            return int(stripped)
        if kind == "float" and _NUMBER.fullmatch(stripped):
            return float(stripped)
        if kind == "bool" and stripped.lower() in {"true", "false"}:
            return stripped.lower() == "true"
        if kind == "enum":
            return next((c for c in self.choices if str(c) == stripped), text)
        return text

    def _scalar(self, item: Any, whole: Any) -> Scalar:
        value = typed(self.item_type, item)
        if value is None or (self.choices and not _among(value, self.choices)):
            raise self._refuse(whole)
        if isinstance(value, str):
            return self._text(value)
        low = -math.inf if self.min is None else self.min
        high = math.inf if self.max is None else self.max
        if not low <= value <= high:
            raise self._refuse(whole)
        return value

    def _text(self, value: str) -> str:
        if len(value) > MAX_TEXT or _CONTROL.search(value):
            raise RegistryError(
                f"parameter {self.name}: the text is too long or holds control characters",
                kind="parameter",
                hint="one line of plain text",
            )
        if self.is_list and "," in value:
            raise RegistryError(
                f"parameter {self.name}: an element of a list holds a comma",
                kind="parameter",
                hint="elements are joined by commas",
            )
        return value

    @property
    def _usual(self) -> str:
        none = self.default is None
        return "it may be left out" if none else f"its default is {_shown(self.default)}"

    def _refuse(self, value: Any) -> RegistryError:
        words = [str(choice) for choice in self.choices]
        hint = near_miss(str(value), words) if words else ""
        return RegistryError(
            f"parameter {self.name}: {_shown(value)} is not {self.allowed}",
            kind="parameter",
            hint=hint or self._usual,
        )


def typed(kind: str, item: Any) -> Scalar | None:
    """Return a value in a scalar type, None when it has another one."""
    if kind == "bool":
        return item if isinstance(item, bool) else None
    if kind == "str":
        return item if isinstance(item, str) else None
    if kind == "enum":
        return item if isinstance(item, str | int | float) else None
    if isinstance(item, bool) or not isinstance(item, int | float):
        return None
    if kind == "int":
        return item if isinstance(item, int) and abs(item) < 1 << 63 else None
    try:
        number = float(item)
    except OverflowError:
        return None
    return number + 0.0 if math.isfinite(number) else None  # -0.0 and 0.0 are one value


def _among(value: Scalar, choices: tuple[Scalar, ...]) -> bool:
    return any(
        value == choice and isinstance(value, bool) == isinstance(choice, bool)
        for choice in choices
    )


def _shown(value: Any) -> str:
    text = "true" if value is True else "false" if value is False else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
