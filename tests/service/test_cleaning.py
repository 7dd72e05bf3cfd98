"""What may be cleaned away and what is kept, on each database: rows as processes leave them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from finished_records import digest
from sqlalchemy import Connection, Engine, insert, select, update

from cobrex_db import cleaning, exports, in_use, pins, quota, removal, validations, workspaces
from cobrex_db import schema as s
from cobrex_db.cleaning import Asked, Candidate
from cobrex_db.engine import open_catalogue, transact
from cobrex_db.errors import CatalogueError
from cobrex_db.invalidate import supersede
from cobrex_db.people import user_id, utc_now, workspace_id
from cobrex_db.processes import known
from cobrex_db.roots import new_root
from cobrex_db.series import cleaned

OLD = datetime(2026, 1, 1)
ASKED = Asked(datetime(2026, 6, 1))
ROLES = {"main/cube": frozenset({"cube"}), "main/flat": frozenset({"flat"})}


class Rows:
    """Writes processes with their attempts, products and inputs."""

    def __init__(self, connection: Connection, store) -> None:
        self.connection = connection
        self.root = new_root(connection, store)
        self.user = user_id(connection, "ada")
        made = connection.execute(insert(s.frame_type).values(name="TOY"))
        self.type = made.inserted_primary_key[0]

    def add(self, table, **values) -> int:
        return int(self.connection.execute(insert(table).values(**values)).inserted_primary_key[0])

    def process(
        self,
        name: str,
        *,
        recipe: str = "main/toy",
        series: str = "",
        made_from: str = "",
        outcome: str = "done",
        roles: tuple[str, ...] = ("out",),
        size: int | None = 100,
        ended: datetime = OLD,
        workspace: str = "public",
    ) -> tuple[int, int]:
        process = self.add(
            s.process, key=digest(name), recipe=recipe, version="1.0.0", code_hash=digest("c"),
            environment_digest=digest(recipe), parameters={}, series=digest(series or name),
            state=outcome, verdict="pass" if outcome == "done" else None, created=OLD,
        )  # fmt: skip
        place = workspace_id(self.connection, workspace)
        self.connection.execute(
            insert(s.workspace_process).values(workspace_id=place, process_id=process)
        )
        if made_from:
            self.connection.execute(
                insert(s.process_input).values(
                    process_id=process,
                    position=0,
                    role="in",
                    frame_type="TOY",
                    content_id=digest(made_from),
                )
            )
        return process, self.attempt(process, name, 1, outcome, roles, size, ended)

    def attempt(self, process, name, number, outcome="done", roles=("out",), size=100, ended=OLD):
        folder = f"processes/{name}/{number:04d}"
        attempt = self.add(
            s.attempt, uuid=f"{name}{number}", process_id=process, number=number, folder=folder,
            user_id=self.user, outcome=outcome, started=ended, ended=ended, size_bytes=size,
            record={},
        )  # fmt: skip
        for place, role in enumerate(roles if outcome == "done" else ()):
            frame = self.add(
                s.frame, kind="product", frame_type_id=self.type, classification="toy",
                content_id=digest(name if not place else f"{name} {role}"), user_id=self.user,
                archive_name=f"{role}.fits", instrument_columns={}, process_id=process,
                attempt_id=attempt, product_role=role, product_n=0, created=OLD,
            )  # fmt: skip
            self.add(
                s.file, root_id=self.root, path=f"{folder}/{role}.fits", frame_id=frame,
                size_bytes=60, mtime_ns=1, ctime_ns=1, device=1, inode=1, seen_ns=1,
            )  # fmt: skip
        return attempt


@pytest.fixture
def engine(fresh_catalogue_url: str) -> Iterator[Engine]:
    opened = open_catalogue(fresh_catalogue_url)
    yield opened
    opened.dispose()


def found(connection: Connection, kind: str, asked: Asked = ASKED) -> list[Candidate]:
    return cleaning.candidates(connection, kind, asked, ROLES)


def names(connection: Connection, kind: str) -> list[str]:
    return [one.folder.split("/")[1] for one in found(connection, kind)]


def test_kinds_and_what_is_kept(engine: Engine, tmp_path) -> None:
    def write(connection: Connection) -> dict[str, tuple[int, int]]:
        rows = Rows(connection, tmp_path)
        workspaces.new(connection, "ada", "discs")
        workspaces.new(connection, "bob", "secret")
        made = {
            "bad": rows.process("bad", outcome="failed"),
            "young": rows.process("young", outcome="failed", ended=utc_now()),
            "first": rows.process("first", series="same"),
            "second": rows.process("second", series="same"),
            "flat": rows.process("flat", recipe="main/flat", roles=("flat",)),
            "cube": rows.process("cube", recipe="main/cube", roles=("cube", "angles"), size=None),
            "unused": rows.process("unused", recipe="main/cube", roles=("cube",)),
            "end": rows.process("end", made_from="cube", workspace="discs"),
            "theirs": rows.process("theirs", outcome="lost", workspace="secret"),
        }
        rows.connection.execute(
            insert(s.process_input).values(
                process_id=made["end"][0],
                position=1,
                role="flat",
                frame_type="TOY",
                content_id=digest("flat"),
            )
        )
        return made

    made = transact(engine, write)
    with engine.connect() as c:
        assert names(c, "failed") == ["bad", "theirs"]
        assert names(c, "invalid") == []
        assert names(c, "superseded") == ["first"]
        assert names(c, "intermediate") == ["flat", "cube"]
        flat, cube = found(c, "intermediate")
        assert (flat.whole, cube.whole) == (True, False)
        assert (cube.size_bytes, list(cube.files.values())) == (60, ["cube.fits"])
        every = [one for kind in cleaning.ATTEMPTS for one in found(c, kind)]
        theirs = made["theirs"][1]
        assert cleaning.kept(c, every, "ada") == {theirs: "not yours"}
        assert theirs not in cleaning.kept(c, every, "bob")
        # the sizes of what has none noted are those of its files
        assert quota.used(c, "public") == 100 * 4 + 120
    _protect(engine, made, every)
    _go(engine, made, tmp_path)


def _protect(engine: Engine, made: dict[str, tuple[int, int]], every: list[Candidate]) -> None:
    """Each reason by itself, and none of them once it is over."""

    def kept(frames: tuple[int, ...] = ()) -> dict[str, str]:
        with engine.connect() as c:
            holds = cleaning.kept(c, every, "ada", frames)
        return {n: holds[a] for n, (_, a) in made.items() if a in holds and n != "theirs"}

    p = s.process.c
    choice = pins.Choice("toy", digest("m"), "flat", (digest("flat"),), "ada", "the best")
    transact(engine, lambda c: pins.save(c, "public", choice))
    assert kept() == {"flat": "pinned"}
    with engine.connect() as c:
        number = pins.list_pins(c, "ada", "public")[0]["pin"]
    transact(engine, lambda c: pins.remove(c, "ada", "public", [number]))
    validate = {"user": "ada", "why": "good"}
    transact(engine, lambda c: validations.say(c, made["cube"][0], accepted=True, **validate))
    assert kept() == {"cube": "accepted"}
    transact(engine, lambda c: c.execute(s.validation.delete()))
    transact(engine, lambda c: exports.note(c, [made["first"][1]], "ada", "/out"))
    assert kept() == {"first": "exported"}
    transact(engine, lambda c: exports.forget(c, "/out"))
    claim = update(s.process).where(p.process_id == made["bad"][0])
    transact(engine, lambda c: c.execute(claim.values(claimed_by="one")))
    assert kept() == {"bad": "in use"}
    transact(engine, lambda c: c.execute(claim.values(claimed_by=None)))

    def run(c: Connection) -> int:
        batch = c.execute(
            insert(s.batch).values(
                name="one",
                user_id=user_id(c, "ada"),
                workspace_id=workspace_id(c, "public"),
                request={},
                folder="batches/one",
                state="running",
                started=OLD,
            )
        ).inserted_primary_key[0]
        values = {"batch_id": batch, "number": 1, "plan": "plan-1.sqlite", "started": OLD}
        round_ = c.execute(insert(s.round_).values(**values)).inserted_primary_key[0]
        row = {"round_id": round_, "process_id": made["flat"][0], "state": "reused", "level": 0}
        c.execute(insert(s.batch_process).values(**row))
        return int(batch)

    batch = transact(engine, run)
    assert kept() == {"flat": "in use"}
    # chosen before the batch began, it is looked at again
    flat = [one for one in every if one.attempt_id == made["flat"][1]]
    assert transact(engine, lambda c: removal.remove(c, flat, utc_now(), "ada")) == []
    with engine.connect() as c:
        assert in_use.running_plans(c) == [("batches/one", "plan-1.sqlite")]
        product = exports.products(c, batch)[0]
        assert (product.key, product.file) == (digest("flat"), "flat.fits")
        frame = c.scalar(select(s.frame.c.frame_id).where(s.frame.c.attempt_id == made["cube"][1]))
    ended = update(s.batch).values(state="done", ended=OLD)
    transact(engine, lambda c: c.execute(ended))
    assert kept() == {}
    assert kept((int(frame or 0),)) == {"cube": "in use"}
    with engine.connect() as c:
        assert in_use.ended_before(c, ASKED.before) == ["one"]
        used = {one.recipe for one in in_use.used_since(c, OLD + timedelta(days=1))}
        assert (used, len(in_use.used_since(c, OLD))) == (set(), 3)


def _go(engine: Engine, made: dict[str, tuple[int, int]], store) -> None:
    moment = utc_now()
    with engine.connect() as c:
        every = [one for kind in cleaning.ATTEMPTS for one in found(c, kind)]
    gone = transact(engine, lambda c: removal.remove(c, every, moment, "ada"))
    assert {one.folder.split("/")[1] for one in gone} == {"bad", "first", "flat", "cube"}
    with engine.connect() as c:
        again = [one for kind in cleaning.ATTEMPTS for one in found(c, kind)]
        assert [one.folder.split("/")[1] for one in again] == ["theirs"]
        at = removal.removed_at(c, [a for _, a in made.values()])
        assert at == {made[n][1]: moment for n in ("bad", "first", "flat", "cube")}
        knows = known(c, [digest(name) for name in made])
        states = {n: (knows[digest(n)].state, knows[digest(n)].made) for n in made}
        # of the cube the angles are left: it is done, and would be made again for a new cube
        assert (states["flat"], states["cube"]) == (("planned", 0), ("done", 0))
        assert (states["bad"], states["end"]) == (("failed", 0), ("done", 1))
        frames = c.execute(select(s.frame.c.archive_name, s.frame.c.state)).tuples().all()
        assert sorted(frames) == [
            ("angles.fits", "present"), ("cube.fits", "present"), ("cube.fits", "removed"),
            ("flat.fits", "removed"), ("out.fits", "present"), ("out.fits", "present"),
            ("out.fits", "removed"),
        ]  # fmt: skip
        assert cleaned(c, ["main/flat", "main/toy"]) == {digest("flat")}
        assert quota.used(c, "public") == 100 * 2 + 60

    def anew(c: Connection) -> list[int]:
        """Both are made again: what was made from them stays valid."""
        rows = Rows.__new__(Rows)
        rows.connection, rows.root, rows.user = c, 1, user_id(c, "ada")
        rows.type = c.scalar(
            select(s.frame_type.c.frame_type_id).where(s.frame_type.c.name == "TOY")
        )
        withdrawn = []
        for name in ("flat", "cube"):
            process = made[name][0]
            withdrawn += supersede(c, process, rows.attempt(process, name, 2, roles=("x",)))
        # replaced once more, while it is there: now it goes out of use
        third = rows.attempt(made["flat"][0], "flat", 3)
        return [*withdrawn, *supersede(c, made["flat"][0], third)]

    assert transact(engine, anew) == [made["end"][0]]


def test_a_quota_refuses_what_would_not_fit(engine: Engine, tmp_path) -> None:
    def write(c: Connection) -> None:
        workspaces.new(c, "ada", "discs")
        Rows(c, tmp_path).process("one", workspace="discs", size=900)
        quota.check(c, "discs", 10**15)  # no limit
        quota.set_limit(c, "ada", "discs", 1000)

    transact(engine, write)
    with engine.connect() as c:
        quota.check(c, "discs", 100)
        with pytest.raises(CatalogueError, match="takes 900 bytes and would need 101") as refused:
            quota.check(c, "discs", 101)
        assert (refused.value.kind, "discs" in refused.value.hint) == ("quota", True)
        status = {"workspace": "discs", "used_bytes": 900, "quota_bytes": 1000}
        assert quota.status(c, "ada", "discs") == status
        with pytest.raises(CatalogueError) as hidden:
            quota.status(c, "bob", "discs")
        assert hidden.value.kind == "unknown-workspace"
        with pytest.raises(CatalogueError) as closed:  # of what is everybody's nobody is owner
            quota.set_limit(c, "ada", "public", 1)
        assert closed.value.kind == "no-access"
    transact(engine, lambda c: quota.set_limit(c, "ada", "discs", None))
    with engine.connect() as c:
        quota.check(c, "discs", 10**15)
