"""The schema is the same on every database, and the migrations make exactly it."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from cobrex_db import migrate
from cobrex_db.engine import create, open_catalogue, transact
from cobrex_db.errors import CatalogueError
from cobrex_db.schema import VIEWS, metadata

COMMENTS = {"add_table_comment", "remove_table_comment", "modify_comment"}


def _differences(connection: sqlalchemy.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found = []
    for difference in compare_metadata(context, metadata):
        first = difference[0] if isinstance(difference, list) else difference
        if first[0] not in COMMENTS:
            found.append(difference)
    return found


def test_migrations_make_the_tables_of_the_code(catalogue_url: str) -> None:
    engine = open_catalogue(catalogue_url)
    with engine.connect() as connection:
        assert _differences(connection) == []
        views = set(sqlalchemy.inspect(connection).get_view_names())
        assert views == set(VIEWS)
        for view in views:
            connection.execute(
                sqlalchemy.select(sqlalchemy.text("*")).select_from(sqlalchemy.table(view))
            )
    engine.dispose()


def test_the_head_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    revisions = [s.revision for s in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == migrate.VERSIONS


def test_a_fresh_catalogue_has_its_first_rows(catalogue_url: str) -> None:
    engine = open_catalogue(catalogue_url)
    with engine.connect() as connection:
        tables = metadata.tables
        assert connection.execute(tables["workspace"].select()).one().name == "public"
        assert connection.execute(tables["frame_type"].select()).one().name == "UNCLASSIFIED"
    engine.dispose()


@pytest.mark.parametrize(
    "version, kind, hint",
    [
        ("9999", "schema-new", "upgrade cobrex"),
        ("0001", "schema-old", "cobrex catalogue upgrade"),
    ],
)
def test_another_version_is_refused_with_its_cure(
    catalogue_url: str,
    version: str,
    kind: str,
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = open_catalogue(catalogue_url)
    transact(engine, lambda c: c.execute(migrate._version.update().values(version_num=version)))
    engine.dispose()
    if kind == "schema-old":
        monkeypatch.setattr(migrate, "VERSIONS", ("0001", "0002", "0003", "0004"))
    with pytest.raises(CatalogueError, match=version) as caught:
        open_catalogue(catalogue_url)
    assert (caught.value.kind, caught.value.hint) == (kind, hint)


def test_an_upgrade_of_the_newest_changes_nothing(catalogue_url: str) -> None:
    open_catalogue(catalogue_url).dispose()
    engine = create(catalogue_url)
    assert migrate.upgrade(engine) == (migrate.VERSIONS[-1], migrate.VERSIONS[-1])
    engine.dispose()


def test_a_catalogue_of_the_first_schema_keeps_its_rows(
    catalogue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create(catalogue_url)
    with monkeypatch.context() as patch:
        newest = command.upgrade
        patch.setattr(command, "upgrade", lambda config, _: newest(config, "0001"))
        migrate.create(engine)
    old = sqlalchemy.MetaData()
    old.reflect(engine)
    assert "validation" not in old.tables

    def fill(connection: sqlalchemy.Connection) -> None:
        moment = datetime(2026, 11, 1, 12, 30, 0, 250_000)
        process = {
            "process_id": 7, "key": "k" * 43, "recipe": "main/toy", "version": "1.0.0",
            "code_hash": "c" * 43, "environment_digest": "e" * 43, "parameters": "{}",
            "series": "s" * 43, "preset": "", "state": "done", "verdict": "warn",
            "created": moment,
        }  # fmt: skip
        used = {
            "process_id": 7, "position": 0, "role": "raw", "frame_type": "RAW",
            "content_id": "r" * 43, "why": "main frame",
        }  # fmt: skip
        connection.execute(old.tables["process"].insert().values(process))
        connection.execute(old.tables["process_input"].insert().values(used))

    transact(engine, fill)
    with pytest.raises(CatalogueError, match="0001 is older"):
        open_catalogue(catalogue_url)
    assert migrate.upgrade(engine) == ("0001", migrate.VERSIONS[-1])
    engine.dispose()
    engine = open_catalogue(catalogue_url)
    with engine.connect() as connection:
        assert _differences(connection) == []
        (process,) = connection.execute(metadata.tables["process"].select())
        (used,) = connection.execute(metadata.tables["process_input"].select())
    assert (process.key, process.verdict, process.association) == ("k" * 43, "warn", "")
    assert process.created == datetime(2026, 11, 1, 12, 30, 0, 250_000)
    assert (used.why, used.level, used.delta_d, used.source) == ("main frame", None, None, None)
    engine.dispose()


def test_an_interrupted_creation_goes_on(catalogue_url: str) -> None:
    engine = open_catalogue(catalogue_url)

    def undo(connection: sqlalchemy.Connection) -> None:
        connection.execute(migrate._version.delete())
        for name in ("import_frame", "workspace_frame"):
            metadata.tables[name].drop(connection)
        indexes = {index.name: index for index in metadata.tables["star"].indexes}
        indexes["ix_star_dec_deg"].drop(connection)

    transact(engine, undo)
    engine.dispose()
    engine = open_catalogue(catalogue_url)
    with engine.connect() as connection:
        assert _differences(connection) == []
    engine.dispose()


def test_tables_of_another_program_are_left_alone(catalogue_url: str) -> None:
    engine = create(catalogue_url)
    other = sqlalchemy.Table(
        "frame", sqlalchemy.MetaData(), sqlalchemy.Column("wood", sqlalchemy.Integer)
    )
    transact(engine, other.create)
    engine.dispose()
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(catalogue_url)
    assert caught.value.kind == "not-a-catalogue"


def test_many_processes_create_one_catalogue(catalogue_url: str) -> None:
    code = "import sys; from cobrex_db.engine import open_catalogue; open_catalogue(sys.argv[1])"
    folders = [str(Path(migrate.__file__).parents[1])]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, catalogue_url],
            env={"PYTHONPATH": folders[0]},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=240)[1] for process in started]
    assert errors == [""] * 4
    engine = open_catalogue(catalogue_url)
    with engine.connect() as connection:
        assert len(connection.execute(metadata.tables["workspace"].select()).all()) == 1
    engine.dispose()
