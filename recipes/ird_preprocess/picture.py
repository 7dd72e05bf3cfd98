"""Pictures: median of the cube, what the selection saw, the PSF."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from frames import Floats
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from selection import Seen

matplotlib.use("Agg")
_NO_DATE = {"Software": None}


def draw_channels(path: Path, images: Floats, scale: float, label: str) -> None:
    """Draw both channels side by side.

    Parameters
    ----------
    path : pathlib.Path
        To write.
    images : ndarray, shape (2, side, side)
        Detector orientation.
    scale : float
        mas a pixel.
    label : str
        Of the picture.
    """
    figure = Figure(figsize=(10, 5))
    figure.subplots_adjust(left=0.08, right=0.98, wspace=0.2)
    reach = images.shape[-1] / 2 * scale / 1000
    for number, (image, axes) in enumerate(zip(images, figure.subplots(1, 2), strict=True)):
        low, high = np.percentile(image, [1, 99.7])
        stretched = np.arcsinh((image - low) / max((high - low) / 20, 1e-30))
        extent = (-reach, reach, -reach, reach)
        axes.imshow(stretched, origin="lower", cmap="inferno", extent=extent)
        axes.plot(0, 0, "+", color="white", markersize=8)
        axes.set(title=f"{label}, channel {number}", xlabel="x [arcsec]", ylabel="y [arcsec]")
    figure.savefig(path, dpi=80, metadata=_NO_DATE)


def draw_selection(path: Path, seen: Seen, bad: dict[str, NDArray[np.bool_]]) -> None:
    """Draw what the selection looked at, bad frames marked."""
    figure = Figure(figsize=(8, 8))
    figure.subplots_adjust(left=0.1, right=0.98, bottom=0.06, top=0.98)
    shown = {
        "seeing": ("seeing [arcsec]", seen.seeing),
        "strehl": ("Strehl (estimate)", seen.strehl),
        "flux": ("halo / median", seen.flux),
        "jump": ("jump [pixel]", seen.jump),
    }
    for axes, (reason, (label, values)) in zip(figure.subplots(4, 1), shown.items(), strict=True):
        _draw_row(axes, values, bad[reason], label)
    axes.set_xlabel("DIT")
    figure.savefig(path, dpi=80, metadata=_NO_DATE)


def _draw_row(axes: Axes, values: Floats, bad: NDArray[np.bool_], label: str) -> None:
    number = np.arange(len(values))
    axes.plot(number, values, ".-", color="0.4")
    axes.plot(number[bad], values[bad], "x", color="red")
    axes.set(ylabel=label, xlim=(-0.5, len(values) - 0.5))
