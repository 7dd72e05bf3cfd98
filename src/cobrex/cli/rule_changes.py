"""Changes of rules as a person writes them: ``ird_flat.inputs.bpm.max_level=1``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def changes(words: Sequence[str]) -> dict[str, Any]:
    """Read ``--rule`` options.

    Parameters
    ----------
    words : sequence of str
        ``ASSOCIATION.KEY[.KEY...]=VALUE``; the value is YAML.

    Returns
    -------
    dict
        To be laid over the rules, by association name.

    Raises
    ------
    UsageError
        Kind ``rule-change``: not of this form.
    RegistryError
        The value is no YAML.
    """
    found: dict[str, Any] = {}
    for word in words:
        path, equals, value = word.partition("=")
        names = path.strip().split(".")
        if not equals or len(names) < 2 or not all(names):
            raise _wrong(word)
        _put(found, names, _value(value), word)
    return found


def _value(text: str) -> Any:
    from cobrex_registry.reading import strict_yaml

    return strict_yaml.load(text, "--rule")


def _put(table: dict[str, Any], names: Sequence[str], value: Any, word: str) -> None:
    for name in names[:-1]:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise _wrong(word)
    table[names[-1]] = value


def _wrong(word: str) -> Exception:
    from cobrex.errors import UsageError

    return UsageError(
        f"--rule {word!r} does not read RULE.KEY=VALUE",
        hint="for example --rule 'ird_flat.inputs.dark.window_days=[-1, 1]'",
        kind="rule-change",
    )
