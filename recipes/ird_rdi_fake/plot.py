"""The picture of a contrast curve."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from frames import Floats
from sky import Sky

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def draw_curve(
    path: Path, curve: dict[str, Floats], sky: Sky, marks: list[tuple[float, float]]
) -> None:
    """Draw the contrast curve.

    Parameters
    ----------
    path : pathlib.Path
        PNG to write.
    curve : dict of str to ndarray
        ``radius`` (pixels), ``gauss`` and ``student`` (contrasts).
    sky : Sky
        Plate scale.
    marks : list of tuple of float
        Separation (mas) and contrast of modelled detections.
    """
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    separation = curve["radius"] * sky.scale / 1000
    axes.semilogy(separation, curve["student"], color="tab:blue", label="5 σ, small samples")
    axes.semilogy(separation, curve["gauss"], color="tab:blue", ls=":", label="5 σ, Gaussian")
    if marks:
        away, contrast = np.array(marks).T
        axes.semilogy(away / 1000, contrast, "o", color="tab:orange", label="detections")
    axes.set(xlabel="separation [arcsec]", ylabel="contrast to the star")
    axes.grid(which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
