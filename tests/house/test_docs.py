"""The pages say what there is: commands, options, tables, columns, links, paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
import typer

from cobrex.cli.app import app
from cobrex_db.schema import VIEWS, metadata

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^ *```.*?^ *```$", re.M | re.S)
_SECTION = re.compile(r"^### (.+)$", re.M)
_PATH = re.compile(
    r"(?:src|db|registry|rules|profiles|presets|recipes|instruments|workflows|scripts|tests|docs|"
    r"benchmarks|changes)/[\w.*/-]*|Snakefile|pyproject\.toml"
)
_SHELL = re.compile(r"^ {4}(?:[A-Z_]+=\S+ )*((?:cobrex|reduce|recipe) .*)$", re.M)


def leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every command a person may call, with its full name."""
    for word, one in getattr(command, "commands", {}).items():
        if not one.hidden:
            yield from leaves(one, f"{name} {word}")
    if not hasattr(command, "commands"):
        yield name, command


COMMANDS = dict(leaves(typer.main.get_command(app), "cobrex"))


def sections(text: str) -> dict[str, str]:
    """The parts of a page below each third-level heading."""
    parts = _SECTION.split(text)
    return dict(zip(parts[1::2], (p.partition("\n## ")[0] for p in parts[2::2]), strict=True))


def rows(section: str) -> list[list[str]]:
    """Cells of the tables of a section, without heads and rules."""
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.fixture(scope="module")
def commands_page(house) -> dict[str, str]:
    found = sections(house.text("docs/commands.md"))
    return {name: text for heading, text in found.items() for name in [bare(heading)]}


def bare(heading: str) -> str:
    """A command's name without its arguments: small letters only."""
    words = [w for w in heading.split() if re.fullmatch(r"[a-z-]+", w)]
    return " ".join(words)


def test_every_command_has_its_section_and_no_other(commands_page):
    assert sorted(commands_page) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_none_is_made_up(name, commands_page):
    parameters = [p for p in COMMANDS[name].params if p.name != "help"]
    there = {
        word
        for p in parameters
        for word in (p.opts if p.param_type_name == "option" else [argument(p)])
    }
    told = {w for row in rows(commands_page[name]) for w in words(row[0])}
    assert told == there


def argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.human_readable_name.strip("{}[]").upper())


def words(cell: str) -> list[str]:
    """Option names (or the argument) of a cell such as `--jobs N`, `-j N`."""
    return [code.split(" ")[0] for code in _CODE.findall(cell)]


def test_every_option_has_a_meaning(commands_page):
    for name, section in commands_page.items():
        assert all(len(row) == 2 and row[1] for row in rows(section)), name


@pytest.fixture(scope="module")
def tables_page(house) -> dict[str, list[list[str]]]:
    return {name: rows(text) for name, text in sections(house.text("docs/tables.md")).items()}


def test_every_table_and_view_has_its_section_and_no_other(tables_page):
    assert sorted(tables_page) == sorted([*metadata.tables, *VIEWS])


@pytest.mark.parametrize("name", metadata.tables)
def test_every_column_of_a_table_is_documented_in_order(name, tables_page):
    told = [words(row[0])[0] for row in tables_page[name]]
    assert told == [column.name for column in metadata.tables[name].columns]
    assert all(len(row) == 3 and row[2] for row in tables_page[name])


@pytest.mark.parametrize("name", VIEWS)
def test_every_column_of_a_view_is_documented_in_order(name, tables_page):
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        there = list(connection.execute(sqlalchemy.text(VIEWS[name])).keys())
    engine.dispose()
    assert [words(row[0])[0] for row in tables_page[name]] == there


def test_the_columns_a_table_refers_to_are_said(tables_page):
    for name, table in metadata.tables.items():
        for column, row in zip(table.columns, tables_page[name], strict=True):
            targets = [key.target_fullname.split(".")[0] for key in column.foreign_keys]
            assert row[1].partition(" → ")[2] == "".join(targets), f"{name}.{column.name}"


def test_links_lead_somewhere(house):
    dead = []
    for page in house.pages:
        for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
            target, _, anchor = link.partition("#")
            if "://" in link:
                continue
            place = (page.parent / target).resolve() if target else page
            if not place.exists():
                dead.append(f"{page.name}: {link}")
            elif anchor and anchor not in anchors(place):
                dead.append(f"{page.name}: no heading {link}")
    assert dead == []


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as forges make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_paths_that_pages_name_exist(house):
    missing = []
    for page in house.pages:
        for code in _CODE.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
            if _PATH.fullmatch(code) and not list(house.root.glob(code.rstrip("/"))):
                missing.append(f"{page.relative_to(house.root)}: {code}")
    assert missing == []


def test_command_lines_of_pages_are_commands_with_options_they_have(house):
    wrong = []
    for page in [house.root / "README.md", *(house.root / "docs").glob("*.md")]:
        for line in _SHELL.findall(page.read_text(encoding="utf-8")):
            said = line.partition("  #")[0].split()
            given = said if said[0] == "cobrex" else ["cobrex", *said]
            name = next((n for n in COMMANDS if given[: len(n.split())] == n.split()), None)
            if name is None:
                wrong.append(f"{page.name}: {line}")
                continue
            known = {o for p in COMMANDS[name].params for o in p.opts} | {"--help", "-h", "--"}
            wrong += [
                f"{page.name}: {line}: {w}" for w in given if w.startswith("-") and w not in known
            ]
    assert wrong == []


def test_every_page_is_reached_from_the_readme(house):
    reached: set[Path] = set()
    queue = [house.root / "README.md"]
    while queue:
        page = queue.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        links = _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
        queue += [(page.parent / link.partition("#")[0]).resolve() for link in links]
    assert {p.name for p in (house.root / "docs").glob("*.md")} <= {p.name for p in reached}


def test_functions_of_the_tour_are_in_their_files(house):
    told = [r for r in rows(house.text("docs/tour.md")) if len(r) == 3]
    assert len(told) > 40
    absent = []
    for path, function, text in told:
        code = house.text(path.strip("`"))
        asides = re.findall(r"(?:; |^|: )`(\w+)`(?= adds|:)", text)
        for name in [function.strip("`"), *asides]:
            if name and not re.search(rf"^ *(?:def|class) {re.escape(name)}\b", code, re.M):
                absent.append(f"{path}: {name}")
    assert absent == []
