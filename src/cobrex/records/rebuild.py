"""The catalogue made again from the records, batches and people's words of the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError
from cobrex.process.quality import ranges_hash
from cobrex.settings import Settings
from cobrex_db import batch_rows, batches, locate, words
from cobrex_db import rebuild as rows
from cobrex_db.engine import ask
from cobrex_db.ingest import Arrival
from cobrex_db.rebuild_removed import restore_removal
from cobrex_registry.held import held

from . import batch_file, people
from .order import Event, in_order
from .read import Attempt, moment, read_record, summary
from .rounds import Rounds
from .walk import attempts

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Progress = Callable[[str, int, int], None]
Take = rows.Take
_TOGETHER = 100
_LOCK = ".rebuild.lock"


@dataclass(slots=True)
class Rebuilt:
    """What making a catalogue again came to.

    Attributes
    ----------
    records : int
        How many there are in the store.
    known : int
        Of them, those the catalogue had already.
    taken : int
        Those it has now; with ``--dry-run`` those it would take.
    batches : int
        Those that have been added.
    words : int
        What people said of products.
    to_hash : int
        Raw frames that had to be read: what they hold was not known yet.
    held : list of str
        Records that wait for raw frames to be imported, or for records that do.
    broken : dict of str to str
        Why something was left out, by its path.
    """

    records: int = 0
    known: int = 0
    taken: int = 0
    batches: int = 0
    words: int = 0
    to_hash: int = 0
    held: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Rebuild:
    """Makes a catalogue again; killed, it goes on where it was.

    Attributes
    ----------
    engine : sqlalchemy.Engine
    settings : Settings
    anyway : bool
        Also records whose raw frames are not in the catalogue.
    progress : callable
        Called with what is being done, how many are done, of how many; 0: nobody knows.
    """

    engine: Engine
    settings: Settings
    anyway: bool = False
    progress: Progress = lambda what, done, total: None
    found: Rebuilt = field(default_factory=Rebuilt)
    _attempts: list[Attempt] = field(default_factory=list)
    _batches: list[dict[str, Any]] = field(default_factory=list)

    def look(self) -> Rebuilt:
        """Say what there is to be done; nothing is written."""
        said = self._read()
        new = self._new()
        self.found.taken = len(new)
        self.found.to_hash = len(self._unknown(new))
        there = ask(self.engine, batch_rows.batches_there)
        self.found.batches = sum(one["name"] not in there for one in self._batches)
        self.found.words = len(said["validations"]) if said else 0
        return self.found

    def go(self) -> Rebuilt:
        """Do it.

        Raises
        ------
        UsageError
            Kinds ``batch-running``, ``rebuild-running``, ``people-file``.
        """
        with held(self.settings.store / _LOCK, instead=_other()):
            self._refuse_running()
            said = self._read()
            new = self._new()
            self._hash(self._unknown(new))
            new = self._ready(new)
            if said:
                self._restore_words(said)
            self._add_batches()
            self._happen(new, said["validations"] if said else [])
        return self.found

    def _refuse_running(self) -> None:
        running = ask(self.engine, batches.running)
        if running:
            raise UsageError(
                f"batch {running[0]} is running on this catalogue",
                hint="wait for its end; `cobrex batch list` tells whether anybody drives it",
                kind="batch-running",
            )

    def _read(self) -> Any:
        for number, folder in enumerate(attempts(self.settings.processes)):
            try:
                self._attempts.append(summary(read_record(folder), folder))
            except (OSError, ValueError) as error:
                self._broken(folder / "record.json", error)
            self.progress("reading records", number + 1, 0)
        self.found.records = len(self._attempts)
        folders = self.settings.batches.iterdir() if self.settings.batches.is_dir() else ()
        for folder in sorted(f for f in folders if _may_be_batch(f)):
            try:
                self._batches.append(batch_file.read(folder))
            except batch_file.DAMAGED as error:
                self._broken(folder, error)
        self._batches += self._batches_of_labels()
        self._batches.sort(key=lambda one: (moment(one["started"]), one["name"]))
        return people.read(self.settings.store / people.FILE)

    def _batches_of_labels(self) -> list[dict[str, Any]]:
        """Batches whose folders are gone."""
        known = {one["name"] for one in self._batches}
        found: dict[str, dict[str, Any]] = {}
        for one in sorted(self._attempts, key=lambda a: a.ended):
            if one.batch not in known:
                values = found.setdefault(one.batch, {
                    "name": one.batch, "user": one.user, "workspace": one.workspace,
                    "state": "done", "request": {}, "started": one.ended.isoformat(),
                    "profile": None, "host": None, "forecast": None, "rounds": [],
                })  # fmt: skip
                values["ended"] = one.ended.isoformat()
                if one.outcome != "done":
                    values["state"] = "failed"
        return list(found.values())

    def _new(self) -> list[Attempt]:
        there = ask(self.engine, rows.attempts_there)
        new = [one for one in self._attempts if (one.key, one.number) not in there]
        self.found.known = len(self._attempts) - len(new)
        return new

    def _unknown(self, new: list[Attempt]) -> list[int]:
        """Raw frames that may be what records used, though nobody has read them yet."""
        names = {content: rows.plain_name(name) for one in new for content, name in one.raw}
        there = ask(self.engine, lambda c: rows.contents_there(c, names))
        wanted = {name for content, name in names.items() if content not in there}
        return ask(self.engine, lambda c: rows.frames_to_hash(c, wanted)) if wanted else []

    def _hash(self, frame_ids: list[int]) -> None:
        left = iter(frame_ids)
        while some := list(islice(left, _TOGETHER)):
            locate.locate(self.engine, some)
            self.found.to_hash += len(some)
            self.progress("reading raw frames", self.found.to_hash, len(frame_ids))

    def _ready(self, new: list[Attempt]) -> list[Attempt]:
        """Those whose main frames are known; what used the products of others waits with them."""
        if self.anyway:
            return new
        main = {content for one in new if one.outcome == "done" for content in one.main}
        there = ask(self.engine, lambda c: rows.contents_there(c, main))
        held: set[tuple[str, int]] = set()
        ready = []
        for event in in_order(_event(one) for one in new):
            one: Attempt = event.what
            lacks = one.outcome == "done" and not there.issuperset(one.main)
            if lacks or not held.isdisjoint(one.uses):
                held.add((one.key, one.number))
                self.found.held.append(str(one.folder.relative_to(self.settings.store)))
            else:
                ready.append(one)
        return ready

    def _restore_words(self, said: Any) -> None:
        takes: list[Take] = [lambda c: words.restore(c, said)]
        if refused := rows.take_all(self.engine, takes, takes):
            raise people.damaged(self.settings.store / people.FILE, refused[0])

    def _add_batches(self) -> None:
        there = ask(self.engine, batch_rows.batches_there)
        missing = [one for one in self._batches if one["name"] not in there]
        left = iter(missing)
        while some := list(islice(left, _TOGETHER)):
            takes = [partial(_restore, one) for one in some]
            refused = rows.take_all(self.engine, takes, takes)
            self._refused(refused, [self.settings.batches / one["name"] for one in some])
            self.found.batches += len(some) - len(refused)

    def _happen(self, new: list[Attempt], said: list[Any]) -> None:
        """Let all happen again, in the order it did."""
        there = ask(self.engine, batch_rows.batches_there)
        outcomes = {(one.key, one.number): one.outcome for one in self._attempts}
        rounds = Rounds(self.settings, outcomes)
        events = [
            *(_event(one) for one in new),
            *(_removal(one) for one in self._attempts if one.removed is not None),
            *rounds.events([b for b in self._batches if b["name"] in there], there),
            *(_word(number, row) for number, row in enumerate(said)),
        ]
        ordered = in_order(events)
        done = 0
        while some := list(islice(ordered, _TOGETHER)):
            alone = [self._take(event, rounds) for event in some]
            refused = rows.take_all(self.engine, self._together(some, alone), alone)
            self._refused(refused, [self._place(event) for event in some])
            happened = [e.name[0] for n, e in enumerate(some) if n not in refused]
            self.found.taken += happened.count("record")
            self.found.words += happened.count("word")
            done += len(some)
            self.progress("taking records", done, len(events))

    def _take(self, event: Event, rounds: Rounds) -> Take:
        if event.name[0] == "word":
            return lambda c: words.restore_validation(c, event.what)
        if event.name[0] == "round":
            return lambda c: rounds.take(c, event.what)
        if event.name[0] == "removal":
            one = event.what
            return lambda c: restore_removal(c, one.key, one.number, one.removed)
        return partial(self._take_records, (event.what,), False)

    def _together(self, events: list[Event], alone: list[Take]) -> list[Take]:
        """The same, but records that are as usual at once."""
        takes: list[Take] = []
        usual: list[Attempt] = []

        def flush() -> None:
            if usual:
                takes.append(partial(self._take_records, tuple(usual), True))
                usual.clear()

        for event, take in zip(events, alone, strict=True):
            if event.name[0] != "record" or event.what.number > 1 or event.what.fails:
                flush()
                takes.append(take)
                continue
            if {(one.key, one.number) for one in usual} & set(event.what.uses):
                flush()
            usual.append(event.what)
        flush()
        return takes

    def _take_records(self, some: tuple[Attempt, ...], usual: bool, connection: Connection) -> None:
        arrivals = []
        for one in some:
            try:
                record = read_record(one.folder)
            except (OSError, ValueError) as error:
                raise rows.refusal(str(error)) from error
            arrivals.append(Arrival(record, one.folder, ranges_hash(record["qc"])))
        rows.take_records(connection, arrivals, self.settings.store, usual=usual)

    def _place(self, event: Event) -> Path:
        kind, name, _ = event.name
        if kind in {"record", "removal"}:
            return Path(event.what.folder, "record.json")
        if kind == "round":
            return self.settings.batches / name
        return self.settings.store / people.FILE

    def _refused(self, refused: dict[int, str], places: list[Path]) -> None:
        for number, why in refused.items():
            self._broken(places[number], why)

    def _broken(self, path: Path, why: object) -> None:
        self.found.broken[str(path.relative_to(self.settings.store))] = str(why)


def _may_be_batch(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not folder.name.startswith(".")


def _restore(values: dict[str, Any], connection: Connection) -> None:
    batch_rows.restore(connection, values)


def _event(one: Attempt) -> Event:
    needs = [("record", key, f"{number:09d}") for key, number in one.uses]
    if one.number > 1:
        needs.append(("record", one.key, f"{one.number - 1:09d}"))
    return Event(one.ended, ("record", one.key, f"{one.number:09d}"), tuple(needs), one)


def _removal(one: Attempt) -> Event:
    name = one.key, f"{one.number:09d}"
    said = one.removed or {}
    return Event(moment(said["at"]), ("removal", *name), (("record", *name),), one)


def _word(number: int, row: list[Any]) -> Event:
    key, attempt = row[:2]
    before = (("word", f"{number - 1:09d}", ""),) if number else ()
    needs = (("record", key, f"{attempt:09d}"), *before)
    return Event(moment(row[5]), ("word", f"{number:09d}", ""), needs, row)


def _other() -> UsageError:
    return UsageError(
        "somebody else makes a catalogue again from this store",
        hint="wait for the other command",
        kind="rebuild-running",
    )
