"""A tiny package in a local index, for environments built without a network."""

from __future__ import annotations

import zipfile
from hashlib import sha256
from pathlib import Path


def tiny_wheel(folder: Path, *, modules: int = 1) -> str:
    """Write ``tinystar`` 1.0 into a folder and return its line in a lock."""
    path = folder / "tinystar-1.0-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    info = "tinystar-1.0.dist-info"
    files = {
        "tinystar.py": "parallax = 51.44\n",
        **{f"tinystars/star_{n}.py": f"number = {n}\n" for n in range(modules)},
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tinystar\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ntinystar = this:s\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return f"tinystar==1.0 --hash=sha256:{sha256(path.read_bytes()).hexdigest()}\n"


def index_settings(folder: Path, cache: Path) -> dict[str, str]:
    """Return the variables that make uv find the packages of a folder and nothing else."""
    return {
        "UV_FIND_LINKS": str(folder),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(cache),
    }
