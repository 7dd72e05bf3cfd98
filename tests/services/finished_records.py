"""Attempts as the process room leaves them: folders with products, pictures, logs and records."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

Record = dict[str, Any]


def digest(text: str) -> str:
    """An id as the house writes them: base64url sha256, 43 characters."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def png(path: Path, *, side: int = 240, seed: int = 0) -> None:
    """Write a grey picture of a star in noise."""
    y, x = np.mgrid[:side, :side] - side / 2
    noise = np.random.default_rng(seed).normal(0, 9, (side, side))
    pixels = np.clip(40 + 215 * np.exp(-(x**2 + y**2) / (side / 6) ** 2) + noise, 0, 255)
    lines = b"".join(b"\0" + row.tobytes() for row in pixels.astype(np.uint8))
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))


def attempt(
    store: Path,
    recipe: str,
    star: str,
    *,
    night: str = "2020-03-07",
    outcome: str = "done",
    verdict: str | None = "pass",
    used: tuple[Record, ...] = (),
    picture: bool = True,
    **more: Any,
) -> tuple[Record, Path]:
    """Leave one attempt in a store and return its record with its folder."""
    key = digest(f"{recipe} {star} {night} {more.get('salt', '')}")
    folder = store / "processes" / key[:2] / key / "0001"
    folder.mkdir(parents=True)
    (folder / "recipe.log").write_text("".join(f"line {n} of the log\n" for n in range(1, 61)))
    generated = _products(folder, key, picture) if outcome == "done" else []
    record = _record(recipe, star, night, key, generated) | {
        "outcome": outcome,
        "verdict": verdict if outcome == "done" else None,
        "used": list(used) or [_raw(n) for n in range(3)],
        "qc": _metrics(verdict) if outcome == "done" else [],
        **more,
    }
    (folder / "record.json").write_text(json.dumps(record))
    return record, folder


def product_of(made: tuple[Record, Path]) -> Record:
    """Say that a process used the first product of another."""
    record, folder = made
    product = record["generated"][0]
    return {
        "role": "plate",
        "frame_type": product["frame_type"],
        "content_id": product["content_id"],
        "path": str(folder / product["file"]),
        "key": record["key"],
    }


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _raw(n: int) -> Record:
    name = f"SPHER.2020-03-08T02:1{n}:33.000.fits.Z"
    return {
        "role": "raw",
        "frame_type": "IFS_ASTROMETRY_RAW",
        "content_id": digest(name),
        "path": f"/data/sphere/2020-03-07/{name}",
        "frame_id": n + 1,
    }


def _products(folder: Path, key: str, picture: bool) -> list[Record]:
    fits.PrimaryHDU(np.ones((4, 4), np.float32)).writeto(folder / "plate_scale.fits")
    made = [("plate_scale", "IFS_PLATE_SCALE", "plate_scale.fits")]
    if picture:
        png(folder / "residuals.png", seed=len(key))
        made.append(("residuals", "IFS_PLATE_SCALE_PICTURE", "residuals.png"))
    return [
        {
            "role": role,
            "n": 1,
            "frame_type": frame_type,
            "file": file,
            "content_id": digest(key + role),
            "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest(),
            "datamd5": hashlib.md5(file.encode()).hexdigest() if file.endswith("fits") else None,
            "size_bytes": (folder / file).stat().st_size,
        }
        for role, frame_type, file in made
    ]


def _metrics(verdict: str | None) -> list[Record]:
    scale = {
        "name": "QC PLATE SCALE",
        "value": 7.4612345678,
        "unit": "mas/pixel",
        "product": "plate_scale",
        "low": 7.4,
        "high": 7.5,
        "action": "warn",
        "verdict": "pass",
    }
    worst = scale | {"name": "QC RMS", "value": 0.31, "high": 0.25, "low": None, "unit": "pixel"}
    return [scale, worst | {"verdict": verdict or "pass"}]


def _record(recipe: str, star: str, night: str, key: str, generated: list[Record]) -> Record:
    name, version = recipe.split("@")
    return {
        "schema": "record/1",
        "key": key,
        "attempt": 1,
        "uuid": "7d1f4b0e-1f0b-4c53-9d3f-0d3f5f0b8a11",
        "recipe": {
            "name": name,
            "version": version,
            "code_hash": digest(recipe),
            "tree": "ab" * 20,
        },
        "environment": {"kind": "python", "digest": digest("environment")},
        "parameters": {"detection_sigma": 6.0, "masks": [1, 2, 3], "deep": True, "mode": "robust"},
        "labels": {
            "star": star,
            "night": night,
            "arm": "IFS",
            "filter": "OBS_YJ",
            "preset": "default",
            "frame_type": "IFS_ASTROMETRY_RAW",
            "batch": "survey1",
            "workspace": "public",
            "user": "ada",
            "main": [digest("main")],
        },
        "generated": generated,
        "reason": "",
        "message": "",
        "command": ["python", "ifs_astrometry.py", "inputs.sof", "--detection_sigma=6.0"],
        "exit_code": 0,
        "started": "2026-11-20T10:00:00+00:00",
        "ended": "2026-11-20T10:01:07+00:00",
        "cpu_s": 61.2,
        "memory_bytes": 512_000_000,
        "agent": {
            "user": "ada",
            "host": "node7",
            "cobrex": "0.1.0",
            "python": "3.11.7",
            "platform": "Linux-6.1-x86_64",
        },
    }
