"""Products in the catalogue: frames that a process made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from . import schema as s
from .belonging import add_processes, add_products
from .people import user_id, utc_now, workspace_id
from .roots import root_of

_INHERITED = (
    "observation_id",
    "instrument",
    "arm",
    "object",
    "target",
    "date_obs",
    "mjd_obs",
    "night",
    "ra_deg",
    "dec_deg",
    "filter",
    "coronagraph",
    "neutral_density",
    "dit_s",
    "seeing_arcsec",
    "coherence_time_s",
    "airmass_start",
    "airmass_end",
    "parallactic_start_deg",
    "parallactic_end_deg",
    "release_date",
    "instrument_columns",
)


@dataclass(slots=True)
class Products:
    """The products of one attempt.

    Attributes
    ----------
    connection : sqlalchemy.Connection
    record : mapping
        ``record/1``.
    process_id, attempt_id : int
    folder : pathlib.Path
        Where the attempt lies.
    store : pathlib.Path
        Root of the catalogued paths.
    """

    connection: Connection
    record: Mapping[str, Any]
    process_id: int
    attempt_id: int
    folder: Path
    store: Path

    def add(self) -> None:
        """Add all of them; setup, observation, star are those of the first main frame."""
        main = self._main_frame()
        stars = self._stars(main)
        made = []
        for product in self.record["generated"]:
            type_id = self._frame_type(product["frame_type"])
            frame_id = self._frame(product, type_id, main)
            self._file(product["file"], frame_id)
            made.append(frame_id)
            if stars:
                rows = [{**row, "frame_id": frame_id, "frame_type_id": type_id} for row in stars]
                self.connection.execute(insert(s.frame_star), rows)
        workspace = workspace_id(self.connection, self.record["labels"]["workspace"])
        add_processes(self.connection, workspace, [self.process_id])
        add_products(self.connection, self.process_id, made)

    def _main_frame(self) -> dict[str, Any]:
        f = s.frame.c
        row = self.connection.execute(
            select(s.frame)
            .where(f.frame_id.in_(self.record["main_frames"]))
            .order_by(f.mjd_obs, f.frame_id)
            .limit(1)
        ).first()
        return dict(row._mapping) if row else {}

    def _stars(self, main: Mapping[str, Any]) -> list[dict[str, Any]]:
        fs = s.frame_star.c
        if not main:
            return []
        rows = self.connection.execute(
            select(fs.star_id, fs.method, fs.separation_arcsec, fs.chosen).where(
                fs.frame_id == main["frame_id"]
            )
        )
        return [dict(row._mapping) for row in rows]

    def _frame(self, product: Mapping[str, Any], type_id: int, main: Mapping[str, Any]) -> int:
        recipe = self.record["recipe"]
        values = {name: main.get(name) for name in _INHERITED}
        values |= {
            "kind": "product",
            "frame_type_id": type_id,
            "classification": f"{recipe['name']}/{recipe['version']}",
            "content_id": product["content_id"],
            "state": "present",
            "user_id": user_id(self.connection, self.record["labels"]["user"]),
            "archive_name": product["file"],
            "process_id": self.process_id,
            "attempt_id": self.attempt_id,
            "product_role": product["role"],
            "product_n": product["n"],
            "created": utc_now(),
            "instrument_columns": main.get("instrument_columns") or {},
        }
        made = self.connection.execute(insert(s.frame).values(values))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def _frame_type(self, name: str) -> int:
        t = s.frame_type.c
        found = self.connection.scalar(select(t.frame_type_id).where(t.name == name))
        if found is None:
            made = self.connection.execute(insert(s.frame_type).values(name=name))
            found = made.inserted_primary_key[0]  # type: ignore[index]
        return int(found)

    def _file(self, name: str, frame_id: int) -> None:
        path = self.folder / name
        try:
            stat = path.stat()
        except FileNotFoundError:  # cleaned away before a catalogue was made again: no file
            return
        root_id, relative = root_of(self.connection, path, default=self.store)
        self.connection.execute(
            insert(s.file).values(
                root_id=root_id,
                path=relative,
                frame_id=frame_id,
                size_bytes=stat.st_size,
                mtime_ns=stat.st_mtime_ns,
                ctime_ns=stat.st_ctime_ns,
                device=stat.st_dev,
                inode=stat.st_ino,
                seen_ns=stat.st_ctime_ns,
            )
        )
