"""Kills builders of an environment at random instants and looks at what they leave."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from recipe_folder import write_recipe
from tiny_wheel import index_settings, tiny_wheel

CALLER = Path(__file__).with_name("environment_race.py")
ROOTS = [str(Path(__file__).parents[2] / part) for part in ("registry", "tests/services")]


@dataclass(slots=True)
class Builders:
    """A recipe whose environment is built over and over.

    Attributes
    ----------
    folder : pathlib.Path
        Gets everything.
    killed, finished : int
        Builders that were killed in their work, and those that were faster.
    """

    folder: Path
    killed: int = 0
    finished: int = 0
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the recipe and its package."""
        line = tiny_wheel(self.folder / "wheels", modules=60)
        recipe = write_recipe(
            self.folder / "toy", ("kind: host", "kind: python, lock: requirements.lock")
        )
        (recipe / "requirements.lock").write_text(line)
        self.environ = {
            **os.environ,
            **index_settings(self.folder / "wheels", self.folder / "uv"),
            "PYTHONPATH": os.pathsep.join(ROOTS),
        }

    def start(self, places: Path) -> subprocess.Popen[str]:
        """Start a builder in a session of its own."""
        return subprocess.Popen(
            [sys.executable, str(CALLER), str(self.folder / "toy"), str(places)],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def build(self, places: Path) -> Path:
        """Build to the end; return the environment."""
        builder = self.start(places)
        said, _ = builder.communicate(timeout=300)
        assert builder.returncode == 0, said
        return Path(said.strip().splitlines()[-1])

    def round(self, places: Path, instant: random.Random, longest_s: float) -> None:
        """Kill a builder at a random instant; then build, use, and count what is left."""
        builder = self.start(places)
        time.sleep(instant.uniform(0, longest_s))
        self.finished += builder.poll() is not None
        self.killed += builder.poll() is None
        builder.kill()
        builder.communicate()
        for there in places.glob("[!.]*"):
            if there.suffix != ".lock":
                self.check(there)  # what bears its name is whole
        built = self.build(places)
        self.check(built)
        left = {path.name for path in places.iterdir()}
        assert left == {built.name, f"{built.name}.lock"}, left

    def check(self, place: Path) -> None:
        """See that an environment works and holds every file of the package."""
        script = "import tinystar, tinystars.star_59; print(tinystar.parallax)"
        done = subprocess.run(
            [place / "bin" / "python", "-c", script], capture_output=True, text=True, check=False
        )
        assert done.stdout == "51.44\n", done.stderr
        assert len(list(place.glob("lib/*/site-packages/tinystars/star_*.py"))) == 60
