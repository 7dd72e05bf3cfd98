"""AssociationRules.xml as association rules of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cobrex_registry.reading.fields import NAME
from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.manifest_text import text

from .association_conditions import Asked, read_asked
from .safe_xml import Element, plain
from .xml_call import simple_pattern

_LITERAL = re.compile(r"\^?([A-Za-z0-9_-]+)\$?")


@dataclass(slots=True)
class Rules:
    """Association rules read from XML.

    Attributes
    ----------
    table : dict
        ``associations`` of an instrument file.
    read_as : list of str
        How something was read where that is a matter of judgement: ``line 12: ...``.
    untranslated : list of str
        What the rules say and ours cannot: ``line 12: ...``.
    """

    table: dict[str, dict[str, Any]] = field(default_factory=dict)
    read_as: list[str] = field(default_factory=list)
    untranslated: list[str] = field(default_factory=list)

    def document(self, source: str) -> str:
        """Return the fragment of an instrument file."""
        lines = [
            f"# Made by `cobrex recipe import cobrex` from {plain(source)}.",
            "# Copy the rules into an instrument file, under associations: (docs/association.md),",
            "# then: cobrex rules lint FILE",
        ]
        for head, said in (("Read as", self.read_as), ("Not translated", self.untranslated)):
            if said:
                lines += ["#", f"# {head}:", *(f"#   {one}" for one in said)]
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
                rules.read_as.append(
                    f"line {element.line}: another rule for {name}: the first one holds"
                )
            else:
                _Rule(path, name, known.get(name), rules).read(element)
    rules.read_as = list(dict.fromkeys(plain(one) for one in rules.read_as))
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
    pattern = re.compile(simple_pattern(path, element, "id").pattern, re.IGNORECASE)
    found = [name for name in known if pattern.fullmatch(name)]
    if not found:
        rules.read_as.append(
            f"line {element.line}: for recipes like {said[:80]}: none imported now is called so"
        )
    return found


@dataclass(slots=True)
class _Rule:
    """Reads the rule of one recipe."""

    path: Path
    name: str
    manifest: Manifest | None
    rules: Rules
    main: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, list[tuple[Asked, list[str]]]] = field(default_factory=dict)

    def read(self, element: Element) -> None:
        """Add the rule to the table."""
        for group in element.all("frame_type"):
            asked = read_asked(self.path, group, self._say)
            kinds = self._kinds(group, asked)
            main = self._main_of(kinds)
            if main and not self.main:
                self._set_main(group, asked, main)
                kinds = [kind for kind in kinds if kind not in main]
            for kind in kinds:
                role = self._role(group, kind)
                if role:
                    self._add(role, asked, kind)
        if not self.main:
            self.rules.untranslated.append(
                f"line {element.line}: {self.name}: nothing says what its main frames are"
            )
            return
        inputs = {role: _input(groups) for role, groups in self.sources.items()}
        self.rules.table[self.name] = {
            "recipe": f"{self.name}@^1", "main": self.main, "inputs": inputs
        }  # fmt: skip

    def _say(self, element: Element, said: str) -> None:
        self.rules.read_as.append(f"line {element.line}: {said}")

    def _kinds(self, group: Element, asked: Asked) -> list[str]:
        if not asked.every:
            return asked.kinds
        if self.manifest is None:
            self.rules.untranslated.append(
                f"line {group.line}: include=all: {self.name} is not imported now, so its types "
                "are not known"
            )
            return []
        named = {kind for groups in self.sources.values() for _, ks in groups for kind in ks}
        named |= set(_listed(self.main.get("frame_type", [])))
        types = [kind for one in self.manifest.inputs for kind in one.frame_types]
        return [kind for kind in types if kind not in asked.left_out and kind not in named]

    def _main_of(self, kinds: list[str]) -> list[str]:
        if self.manifest is None:
            return kinds
        return [kind for kind in kinds if kind in self.manifest.main_input.frame_types]

    def _set_main(self, group: Element, asked: Asked, kinds: list[str]) -> None:
        self.main = {"frame_type": kinds[0] if len(kinds) == 1 else kinds}
        self.main["group_by"] = list(dict.fromkeys(asked.columns)) or ["frame"]
        if asked.limit:
            self.main["count"] = {"max": asked.limit}
        if any("or" in how for one in asked.match if isinstance(one, dict) for how in one.values()):
            self._say(group, "equalOrValue of main frames: grouped by it, the value for itself")
        if self.manifest is None:
            self._say(group, f"{kinds[0]} is taken for the main frame type of {self.name}")

    def _role(self, group: Element, kind: str) -> str | None:
        if self.manifest is None:
            return kind.lower()
        role = next((one.role for one in self.manifest.inputs if kind in one.frame_types), None)
        if role is None:
            self._say(group, f"{self.name} takes no {kind}: left out")
        return None if role == self.manifest.main_input.role else role

    def _add(self, role: str, asked: Asked, kind: str) -> None:
        groups = self.sources.setdefault(role, [])
        if groups and groups[-1][0] is asked:
            groups[-1][1].append(kind)
        else:
            groups.append((asked, [kind]))


def _input(groups: list[tuple[Asked, list[str]]]) -> dict[str, Any]:
    """Return an input; several groups for one role are alternatives, in order."""
    sources = [asked.source(kinds) for asked, kinds in groups]
    counts = [asked.count for asked, _ in groups if asked.count]
    rule = sources[0] if len(sources) == 1 else {"first_of": sources}
    return {**rule, **({"count": counts[0]} if counts else {})}


def _listed(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else said
