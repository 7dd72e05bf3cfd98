"""AssociationRules.xml as association rules of ours; what they cannot say yet is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cobrex_registry.reading.fields import FRAME_TYPE, NAME
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.manifest_text import text

from .safe_xml import Element, plain, refused

# what the data centre calls it, and the column that holds it here
COLUMNS = {
    "object": "star",
    "obs_night": "night",
    "exp_time": "dit_s",
    "coro": "coronagraph",
    "inst_filter": "filter",
    "neutral_density": "neutral_density",
}
_LITERAL = re.compile(r"\^?([A-Za-z0-9_-]+)\$?")
_NUMBER = re.compile(r"[0-9]{1,6}")
_TRUE = frozenset({"1", "true", "yes"})


@dataclass(slots=True)
class Rules:
    """Association rules read from XML.

    Attributes
    ----------
    table : dict
        ``associations`` of an instrument file.
    untranslated : list of str
        What the rules say and ours cannot: ``line 12: ...``.
    """

    table: dict[str, dict[str, Any]] = field(default_factory=dict)
    untranslated: list[str] = field(default_factory=list)

    def document(self, source: str) -> str:
        """Return the fragment of an instrument file."""
        lines = [
            f"# Made by `cobrex recipe import cobrex` from {plain(source)}.",
            "# Copy the rules into an instrument file, under associations: (docs/association.md).",
        ]
        if self.untranslated:
            lines += ["#", "# Not translated: the rules here do not say it yet."]
            lines += [f"#   {one}" for one in self.untranslated]
        lines.append("associations:" if self.table else "associations: {}")
        for name, rule in self.table.items():
            lines += [f"  {name}:", f"    recipe: {text(rule['recipe'])}"]
            lines.append(f"    main: {text(rule['main'])}")
            if rule["inputs"]:
                lines.append("    inputs:")
                lines += [f"      {role}: {text(one)}" for role, one in rule["inputs"].items()]
        return "\n".join(lines) + "\n"


def is_rules(root: Element) -> bool:
    """Tell whether a file lists association rules."""
    recipes = root.all("recipe")
    return bool(recipes) and all("id" in one.attributes for one in recipes)


def read_rules(path: Path, root: Element, known: Mapping[str, Manifest]) -> Rules:
    """Return the rules that a file lists.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    root : Element
        Its root.
    known : mapping of str to Manifest
        Recipes imported with it: they say which input is main and what roles are called.

    Returns
    -------
    Rules

    Raises
    ------
    RegistryError
        Of kind ``xml``, with the place of what cannot be.
    """
    rules = Rules()
    for element in root.children:
        if element.tag != "recipe":
            rules.untranslated.append(f"line {element.line}: <{element.tag}>")
            continue
        for name in _recipes(path, element, known, rules):
            if name in rules.table:
                rules.untranslated.append(
                    f"line {element.line}: another rule for {name}; the first one is kept"
                )
            elif (rule := _rule(path, element, name, known.get(name), rules)) is not None:
                rules.table[name] = rule
    rules.untranslated = list(dict.fromkeys(plain(one) for one in rules.untranslated))
    return rules


def _recipes(
    path: Path, element: Element, known: Mapping[str, Manifest], rules: Rules
) -> Sequence[str]:
    """Which recipes a rule is for: its id is a regular expression."""
    said = element.attributes.get("id", "").strip()
    literal = _LITERAL.fullmatch(said)
    if literal and NAME.fullmatch(name := literal[1].lower()):
        return [name]
    stem = said.strip("^$").replace(".*", "*")
    if not re.fullmatch(r"[A-Za-z0-9_*-]{1,100}", stem):
        rules.untranslated.append(f"line {element.line}: rules for recipes like {said[:80]!r}")
        return []
    pattern = re.compile(re.sub(r"\*+", ".*", stem.lower()))
    found = [name for name in known if pattern.fullmatch(name)]
    if not found:
        rules.untranslated.append(
            f"line {element.line}: rules for {said[:80]!r}: no recipe imported now is called so"
        )
    return found


def _rule(
    path: Path, element: Element, name: str, manifest: Manifest | None, rules: Rules
) -> dict[str, Any] | None:
    main: dict[str, Any] | None = None
    inputs: dict[str, dict[str, Any]] = {}
    wanted = set(manifest.main_input.frame_types) if manifest else set()
    for group in element.all("frame_type"):
        kinds = _kinds(path, group, rules)
        if not kinds:
            continue
        columns = _columns(group, rules)
        if main is None and (not wanted or wanted & set(kinds)):
            here = [kind for kind in kinds if kind in wanted] or kinds
            main = {"frame_type": _one(here), "group_by": columns or ["frame"]}
            if not manifest:
                rules.untranslated.append(
                    f"line {group.line}: {kinds[0]} is taken for the main frame type of {name}"
                )
            kinds = [kind for kind in kinds if kind not in here]
        for kind in kinds:
            role = _role(manifest, kind, rules, group, name)
            if role:
                every = {"take": "all"} if group.attributes.get("limit", "").strip() == "0" else {}
                match = {"match": columns} if columns else {}
                inputs.setdefault(role, {"frame_type": kind, **match, **every})
    if main is None:
        rules.untranslated.append(f"line {element.line}: {name}: no rule for its main frames")
        return None
    return {"recipe": f"{name}@^1", "main": main, "inputs": inputs}


def _kinds(path: Path, group: Element, rules: Rules) -> list[str]:
    said = group.attributes.get("include", "").strip()
    limit = group.attributes.get("limit", "").strip()
    if limit and not _NUMBER.fullmatch(limit):
        raise refused(path, group.line, group.column, f"limit={limit[:20]!r} is no count", "0")
    if limit not in {"", "0", "1"}:
        rules.untranslated.append(
            f"line {group.line}: limit={limit}: how many is said by the recipe's manifest"
        )
    if excluded := group.attributes.get("exclude", "").strip():
        rules.untranslated.append(f"line {group.line}: exclude={excluded[:80]!r}")
    if group.attributes.get("optional", "").strip().lower() in _TRUE:
        rules.untranslated.append(
            f"line {group.line}: optional: that is said by the recipe's manifest (min: 0)"
        )
    if said.lower() == "all":
        rules.untranslated.append(f"line {group.line}: include=all: name the frame types")
        return []
    kinds = [kind.strip() for kind in said.split(",") if kind.strip()]
    for kind in kinds:
        if not FRAME_TYPE.fullmatch(kind):
            raise refused(
                path, group.line, group.column, f"{kind[:60]!r} is no frame type", "IFS_DARK_RAW"
            )
    return kinds


def _columns(group: Element, rules: Rules) -> list[str]:
    columns = []
    for one in group.all("attribute"):
        said = one.attributes.get("id", "").strip()
        how = (one.attributes.get("use") or one.attributes.get("restriction") or "equal").strip()
        if how == "equal" and said in COLUMNS:
            columns.append(COLUMNS[said])
            if one.attributes.get("allowNull", "").strip().lower() in _TRUE:
                rules.untranslated.append(f"line {one.line}: {said}: allowNull")
        else:
            value = one.attributes.get("value", "").strip()
            rules.untranslated.append(
                f"line {one.line}: {said[:40]}: {how[:40]}{f' {value[:40]}' if value else ''}"
            )
    return list(dict.fromkeys(columns))


def _role(
    manifest: Manifest | None, kind: str, rules: Rules, group: Element, name: str
) -> str | None:
    if manifest is None:
        return kind.lower()
    role = next((one.role for one in manifest.inputs if kind in one.frame_types), None)
    if role is None:
        rules.untranslated.append(f"line {group.line}: {name} takes no {kind}")
    return None if role == manifest.main_input.role else role


def _one(kinds: list[str]) -> str | list[str]:
    return kinds[0] if len(kinds) == 1 else kinds
