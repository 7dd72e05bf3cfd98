"""The columns of the table of detections that forward models fill."""

from __future__ import annotations

import numpy as np
from forward import Model, on_sky
from frames import Floats
from sky import Sky


def model_columns(
    models: list[Model | None], sky: Sky, star: float
) -> list[tuple[str, str, Floats]]:
    """Return the columns, one row a detection, NaN where there is no model.

    Parameters
    ----------
    models : list of Model or None
        Of each detection.
    sky : Sky
        Orientation.
    star : float
        Counts of the star.
    """
    names = (
        ("FM_SEPARATION", "mas"), ("FM_SEPARATION_ERR", "mas"), ("FM_PA", "deg"),
        ("FM_PA_ERR", "deg"), ("FM_FLUX", "adu"), ("FM_FLUX_ERR", "adu"),
        ("FM_CONTRAST", ""), ("FM_CONTRAST_ERR", ""),
    )  # fmt: skip
    values = np.full((len(models), len(names)), np.nan)
    for row, model in zip(values, models, strict=True):
        if model is not None:
            flux, error = model.flux, model.errors[2]
            row[:] = [*on_sky(model, sky), flux, error, flux / star, error / star]
    return [(name, unit, values[:, n]) for n, (name, unit) in enumerate(names)]
