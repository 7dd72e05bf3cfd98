"""Who may see and change what belongs to a workspace, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from cobrex_db import batch_story, batches, groups, processes, sharing, workspaces
from cobrex_db import schema as s
from cobrex_db.engine import transact
from cobrex_db.errors import CatalogueError
from cobrex_db.frame_details import field_rotation_deg
from cobrex_db.frame_lookup import frame_by
from cobrex_db.frame_query import FrameQuery
from cobrex_db.pairing import describe_pair
from cobrex_db.people import user_id, utc_now
from cobrex_db.query import count_by_type, find_frames, what_there_is
from cobrex_db.query_advice import check_values
from cobrex_db.stars.observed import frames_of_star, observed_stars

LATER = date(2020, 3, 9)
Refuse = Callable[..., CatalogueError]


@pytest.fixture
def refused(engine: Engine) -> Refuse:
    def call(function: Callable[..., Any], *words: Any, **more: Any) -> CatalogueError:
        with pytest.raises(CatalogueError) as caught:
            transact(engine, lambda c: function(c, *words, **more))
        return caught.value

    return call


def frame(connection: Connection, number: int, workspace: str, **more: Any) -> None:
    """A frame of HR 100 in a workspace; none: in no workspace."""
    type_id = connection.scalar(select(s.frame_type.c.frame_type_id).limit(1))
    star_id = connection.scalar(select(s.star.c.star_id).order_by(s.star.c.star_id).limit(1))
    connection.execute(
        insert(s.frame).values(
            {
                "frame_id": number,
                "kind": "raw",
                "frame_type_id": type_id,
                "classification": "x",
                "content_id": f"{number:043d}",
                "user_id": user_id(connection, "ada"),
                "arm": "IFS",
                "filter": f"F{number}",
                "archive_name": f"A{number}.fits",
                "night": date(2020, 3, 7),
                "instrument_columns": {},
                "created": utc_now(),
                **more,
            }
        )
    )
    connection.execute(
        insert(s.frame_star).values(
            frame_id=number, star_id=star_id, method="name", chosen=True, frame_type_id=type_id
        )
    )
    if workspace:
        place = workspaces.enter(connection, "ada", workspace)
        connection.execute(insert(s.workspace_frame).values(workspace_id=place, frame_id=number))


def open_one(connection: Connection, name: str) -> None:
    """A workspace as they were before there were members."""
    connection.execute(insert(s.workspace).values(name=name, created=utc_now()))


def seen(engine: Engine, user: str | None, **query: Any) -> list[int]:
    with engine.connect() as c:
        return [row["frame_id"] for row in find_frames(c, FrameQuery(viewer=user, **query))]


def test_frames_are_shown_to_those_who_may_see_them(engine: Engine, refused: Refuse) -> None:
    for number, place in enumerate(("public", "lab", "old", ""), start=1):
        if place == "old":
            transact(engine, lambda c: open_one(c, "old"))
        transact(engine, lambda c, n=number, p=place: frame(c, n, p))
    with engine.connect() as c:
        assert find_frames(c, FrameQuery())[0]["field_rotation_deg"] is None
        star_id = c.scalars(select(s.frame_star.c.star_id).distinct()).one()
    assert seen(engine, None) == seen(engine, "ada") == [1, 2, 3, 4]
    assert seen(engine, "bob") == seen(engine, "bob", star_ids=(star_id,)) == [1, 3, 4]
    assert seen(engine, "ada", workspace="lab") == [2]
    with engine.connect() as c:
        bob = FrameQuery(viewer="bob")
        assert list(count_by_type(c, bob).values()) == [3]
        assert list(what_there_is(c, star_id, "bob").values()) == [3]
        assert [row["frames"] for row in observed_stars(c, viewer="bob")] == [3]
        assert [row["frames"] for row in frames_of_star(c, star_id, viewer="bob")] == [3]
        assert frame_by(c, "A2.fits", viewer="ada") == 2
        for text in ("2", "A2.fits", f"{2:043d}"):
            with pytest.raises(CatalogueError, match="no frame is called"):
                frame_by(c, text, viewer="bob")
        with pytest.raises(CatalogueError, match="no frame has the filter") as caught:
            check_values(c, FrameQuery(viewer="bob", filter="F2"))
        assert "F2" not in caught.value.hint
    hidden = refused(workspaces.demand, "bob", "lab", "reader")
    nothing = refused(workspaces.demand, "bob", "lib", "reader")
    assert (hidden.kind, hidden.hint) == (nothing.kind, nothing.hint)
    assert hidden.kind == "unknown-workspace"
    assert hidden.message.replace("lab", "lib") == nothing.message
    with pytest.raises(CatalogueError) as caught:
        seen(engine, "bob", workspace="lab")
    assert caught.value.message == hidden.message
    assert refused(workspaces.enter, "bob", "lab").kind == "workspace-name"


def test_roles_come_directly_and_through_groups(engine: Engine, refused: Refuse) -> None:
    transact(engine, lambda c: workspaces.new(c, "ada", "lab", ["main", "ada", "main"]))

    def role(user: str) -> str | None:
        with engine.connect() as c:
            return workspaces.role_in(c, user, "lab")

    assert refused(workspaces.new, "bob", "lab").kind == "workspace-name"
    assert refused(workspaces.new, "bob", "a\x1bb").kind == "name"
    transact(engine, lambda c: sharing.share(c, "ada", "lab", "reader", user="bob"))
    error = refused(workspaces.demand, "bob", "lab", "member")
    assert (error.kind, error.message) == (
        "no-access",
        "bob is reader of the workspace lab; this needs member",
    )
    assert error.hint == "ask ada: cobrex workspace share lab bob --role member"
    assert refused(sharing.share, "bob", "lab", "owner", user="bob").kind == "no-access"
    assert refused(sharing.share, "ada", "lab", "boss", user="bob").kind == "role"
    assert refused(sharing.share, "ada", "public", "reader", user="bob").kind == "public"
    assert refused(sharing.share, "ada", "lab", "reader", group="team").kind == "unknown-group"

    transact(engine, lambda c: groups.new(c, "cleo", "team"))
    assert refused(groups.new, "cleo", "team").kind == "group-name"
    assert refused(groups.add, "bob", "team", "bob").kind == "no-access"
    transact(engine, lambda c: groups.add(c, "cleo", "team", "bob"))
    transact(engine, lambda c: sharing.share(c, "ada", "lab", "owner", group="team"))
    assert [role(u) for u in ("ada", "bob", "cleo", "dan")] == ["owner", "owner", "owner", None]
    transact(engine, lambda c: sharing.unshare(c, "ada", "lab", user="ada"))
    assert role("ada") is None
    assert refused(sharing.unshare, "bob", "lab", group="team").kind == "last-owner"
    assert refused(sharing.share, "bob", "lab", "member", group="team").kind == "last-owner"
    transact(engine, lambda c: groups.remove(c, "cleo", "team", "bob"))
    assert role("bob") == "reader", "what he has by himself stays"
    assert refused(groups.remove, "cleo", "team", "cleo").kind == "last-owner"
    assert refused(groups.remove, "cleo", "team", "zoe").kind == "not-a-member"
    transact(engine, lambda c: sharing.unshare(c, "bob", "lab", user="bob"))
    assert role("bob") is None
    with engine.connect() as c:
        assert workspaces.namespaces_of(c, "lab") == ("ada", "main")
        assert [w["workspace"] for w in sharing.list_workspaces(c, "bob")] == ["public"]
        mine = sharing.list_workspaces(c, "cleo")[0]
        assert (mine["workspace"], mine["role"], mine["owners"]) == ("lab", "owner", ["cleo"])
        assert groups.list_groups(c, "bob")[0]["workspaces"] == []
        assert sharing.members_of(c, "cleo", "lab") == [
            {"user": None, "group": "team", "role": "owner"}
        ]

    transact(engine, lambda c: open_one(c, "old"))
    with engine.connect() as c:
        assert workspaces.role_in(c, "anybody", "old") == "member"
    # whoever shares it first owns it
    transact(engine, lambda c: sharing.share(c, "ada", "old", "reader", user="bob"))
    with engine.connect() as c:
        roles = [workspaces.role_in(c, u, "old") for u in ("ada", "bob", "anybody")]
    assert roles == ["owner", "reader", None]


def begin(connection: Connection, name: str, user: str, workspace: str) -> int:
    workspaces.enter(connection, user, workspace)
    return batches.begin_batch(
        connection,
        name=name,
        user=user,
        workspace=workspace,
        request={},
        folder=f"batches/{name}",
        profile="local",
        host="here",
    )


def planned(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "recipe": "main/toy",
        "version": "1.0.0",
        "code_hash": "c" * 43,
        "environment_digest": "e" * 43,
        "parameters": {},
        "series": "s" * 43,
        "star_id": None,
        "night": None,
        "preset": "",
    }


def test_processes_belong_to_every_workspace_that_uses_them(engine: Engine) -> None:
    key, other = "k" * 43, "o" * 43
    first = transact(engine, lambda c: begin(c, "one", "ada", "lab"))
    processes.claim(engine, [planned(key)], "one")
    processes.claim(engine, [planned(other)], "nobody's")
    with engine.connect() as c:
        number = processes.by_key(c, key, viewer="ada")["process_id"]

    def shown(user: str) -> tuple[list[str], list[str]]:
        with engine.connect() as c:
            listed = processes.list_processes(c, viewer=user)
            names = [b["name"] for b in batch_story.list_batches(c, viewer=user)]
        return sorted(row["key"] for row in listed), names

    assert shown("ada") == ([key, other], ["one"])
    assert shown("bob") == ([other], [])
    with engine.connect() as c:
        with pytest.raises(CatalogueError, match="no process has a key"):
            processes.by_key(c, key[:8], viewer="bob")
        with pytest.raises(CatalogueError, match="there is no batch 'one'"):
            batch_story.batch_by_name(c, "one", viewer="bob")
    transact(engine, lambda c: frame(c, 7, "lab", kind="product", process_id=number))
    assert seen(engine, "bob") == []
    second = transact(engine, lambda c: begin(c, "two", "bob", "bobs"))
    transact(
        engine,
        lambda c: batches.begin_round(
            c, batch_id=second, number=1, plan="p", members=[(number, "reused", 0)], gaps=[]
        ),
    )
    assert shown("bob") == ([key, other], ["two"])
    assert seen(engine, "bob") == [7], "what is reused is there, with its products"
    assert first != second


def observation(connection: Connection, number: int, arm: str, minute: int, **more: Any) -> None:
    connection.execute(
        insert(s.observation).values(
            {
                "observation_id": number,
                "identity": f"{number:043d}",
                "instrument": "SPHERE",
                "arm": arm,
                "programme": "1100.C-0481",
                "ob_id": 200,
                "night": date(2020, 3, 7),
                "template_start": datetime(2020, 3, 8, 3, minute),
                **more,
            }
        )
    )


def test_details_of_frames(engine: Engine) -> None:
    assert field_rotation_deg(170.0, -170.0) == 20.0
    assert field_rotation_deg(-170.0, 165.0) == -25.0
    assert field_rotation_deg(10.0, None) is None

    def fill(c: Connection) -> None:
        observation(c, 1, "IRDIS", 10)
        observation(c, 2, "IFS", 10)
        observation(c, 3, "IFS", 50)
        observation(c, 4, "IFS", 10, night=LATER)
        observation(c, 5, "IFS", 10, programme="0104.C-0001")
        for number, arm, place in (
            (1, "IRDIS", "public"),
            (2, "IFS", "lab"),
            (3, "IFS", "lab"),
            (4, "IFS", "lab"),
            (5, "IFS", "public"),
        ):
            night = LATER if number == 4 else date(2020, 3, 7)
            frame(
                c,
                number,
                place,
                arm=arm,
                observation_id=number,
                instrument="SPHERE",
                night=night,
                parallactic_start_deg=178.0,
                parallactic_end_deg=-178.0,
            )

    transact(engine, fill)
    with engine.connect() as c:
        rows = {row["frame_id"]: row for row in find_frames(c, FrameQuery(viewer="ada"))}
        hidden = find_frames(c, FrameQuery(viewer="bob"))
    assert {n: row["pair"] for n, row in rows.items()} == {1: 2, 2: 1, 3: 1, 4: None, 5: None}
    assert {row["field_rotation_deg"] for row in rows.values()} == {4.0}
    assert {row["standing"] for row in rows.values()} == {None}
    assert [row["pair"] for row in hidden] == [None, None], "what he may not see is not named"
    with engine.connect() as c:
        other = describe_pair(c, rows[1], "ada") or {}
        assert (other["arm"], other["observation_id"], sum(other["frames"].values())) == (
            "IFS",
            2,
            1,
        )
        assert describe_pair(c, hidden[0], "bob") is None

    def make(c: Connection) -> None:
        for number, verdict in ((11, "pass"), (12, "warn"), (13, None)):
            key = f"{number:043d}"
            c.execute(
                insert(s.process).values(
                    {
                        **planned(key),
                        "process_id": number,
                        "state": "done",
                        "created": utc_now(),
                        "verdict": verdict,
                        "series": ("s" if number < 13 else "t") * 43,
                    }
                )
            )
            c.execute(
                insert(s.attempt).values(
                    attempt_id=number,
                    uuid=str(number),
                    process_id=number,
                    number=1,
                    folder="f",
                    user_id=user_id(c, "ada"),
                    outcome="done",
                    record={},
                )
            )
            frame(c, number, "public", kind="product", process_id=number, attempt_id=number)

    transact(engine, make)
    with engine.connect() as c:
        rows = find_frames(c, FrameQuery(kind="product"))
        assert [(row["standing"], row["verdict"]) for row in rows] == [
            ("superseded", "pass"),
            ("current", "warn"),
            ("current", None),
        ]
    assert seen(engine, None, current=True) == [12, 13]
    assert seen(engine, None, current=True, limit=1) == [13]
