"""A night of IFS astrometry: raw frames, their calibrations, reference lists, the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cobrex.errors import UsageError

from .exposure import Target
from .field import draw_field
from .headers import STARS, write_frame
from .ifs_field import Setup, draw_setup, write_field, write_lamp
from .night_folder import SimulatedNight, appear
from .night_log import NightLog, observe

_SCHEMA = "simulated-night/1"


def simulate_night(
    folder: Path,
    *,
    seed: int,
    stars: Sequence[Target] | int = STARS,
    common: int | None = None,
) -> SimulatedNight:
    """Write a night of astrometric fields with its calibrations.

    The last of several stars is observed with the other prism, whose SPECPOS frame does not
    exist: it cannot be reduced. The folder appears at once, complete. A folder that already
    holds this very night is left as it is.

    Parameters
    ----------
    folder : pathlib.Path
        To be created; may exist when empty.
    seed : int
        Same seed, same bytes.
    stars : sequence of Target or int
        Whom to observe, or the number of `STARS` to take.
    common : int, optional
        Stars of each field that sky and reference list share; 4 to 10 are drawn otherwise.

    Returns
    -------
    SimulatedNight

    Raises
    ------
    UsageError
        When the folder holds something else, or the number of stars is not 1 to 3.
    """
    targets = _targets(stars)
    request = {"seed": seed, "stars": [one.name for one in targets], "common": common}
    return appear(
        folder, _SCHEMA, request, lambda made: _Night(made, seed, targets, common).write()
    )


def _targets(stars: Sequence[Target] | int) -> tuple[Target, ...]:
    count = stars if isinstance(stars, int) else len(stars)
    if not 1 <= count <= len(STARS):
        raise UsageError(
            f"{count} stars asked for",
            kind="simulate",
            hint=f"1 to {len(STARS)}: {', '.join(one.name for one in STARS)}",
        )
    return STARS[:count] if isinstance(stars, int) else tuple(stars)


class _Night:
    """The state of a night while it is written."""

    def __init__(
        self, folder: Path, seed: int, targets: tuple[Target, ...], common: int | None
    ) -> None:
        self.folder, self.targets, self.common = folder, targets, common
        self.rng = np.random.default_rng([seed, 7460])
        self.setup: Setup = draw_setup(self.rng)
        self.log: NightLog = observe(seed, targets, self.rng)
        self.counts: Counter[str] = Counter()

    def write(self) -> dict[str, Any]:
        """Write every file; return the truth."""
        fields = {target.name: self._field(target) for target in self.targets}
        for frame_type, exposure in self.log.small:
            write_frame(self.folder, exposure, self._noise())
            self.counts[frame_type] += 1
        for exposure in self.log.specpos:
            write_lamp(self.folder, self.setup, exposure, self.rng)
            self.counts["IFS_SPECPOS_RAW"] += 1
        return {
            "night": self.log.night,
            "plate_scale_mas_per_pixel": self.setup.orientation.plate_scale,
            "true_north_deg": self.setup.orientation.true_north,
            "stars": fields,
            "counts": dict(sorted(self.counts.items())),
        }

    def _field(self, target: Target) -> dict[str, Any]:
        exposures = self.log.astrometry[target.name]
        field = draw_field(self.rng, self.common)
        truth = write_field(self.folder, self.setup, field, exposures, self.rng)
        self.counts["IFS_ASTROMETRY_RAW"] += len(exposures)
        self.counts["ASTROMETRY_REFERENCE"] += 1
        reducible = any(one.prism == truth["prism"] for one in self.log.specpos)
        return truth | {"reducible": reducible}

    def _noise(self) -> np.ndarray:
        return self.rng.normal(150.0, 6.0, (1, 32, 32)).round().astype(np.uint16)
