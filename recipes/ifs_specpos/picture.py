"""A picture of the spectra's positions."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from lattice import CHANNELS, Floats

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection


def draw(
    path: Path, image: Floats, centres: tuple[Floats, Floats], residual: Floats, valid: np.ndarray
) -> None:
    """Draw the fit's residuals on the detector and a piece of the lamp frame with its spectra.

    Parameters
    ----------
    path : pathlib.Path
        PNG to write.
    image : ndarray
        Lamp frame above background.
    centres : tuple of ndarray
        x and y of the spectra.
    residual : ndarray, shape (n,)
        Measured minus fitted x, pixels.
    valid : ndarray of bool, shape (n,)
        Lenslets to trust.
    """
    x, y = centres
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
    limit = max(0.01, 3 * float(np.nanstd(residual[valid])))
    dots = left.scatter(
        x[valid], y[valid], c=residual[valid], s=1.5, cmap="RdBu", vmin=-limit, vmax=limit
    )
    left.plot(x[~valid], y[~valid], "k.", ms=3, label=f"{int((~valid).sum())} not valid")
    left.set(
        title=f"{int(valid.sum())} spectra, x measured minus fitted",
        xlabel="x [pixel]",
        ylabel="y [pixel]",
        aspect="equal",
    )
    left.legend(loc="upper right", fontsize=8)
    figure.colorbar(dots, ax=left, label="residual [pixel]", shrink=0.85)
    _piece(right, image, x, y, valid)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _piece(axes: plt.Axes, image: Floats, x: Floats, y: Floats, valid: np.ndarray) -> None:
    row, column = image.shape[0] // 2, image.shape[1] // 2
    size = 60
    top = float(np.percentile(image, 99))
    axes.imshow(image, origin="lower", cmap="gray", vmin=0, vmax=top, interpolation="nearest")
    near = valid & (np.abs(x - column) < size + 5) & (np.abs(y - row) < size + 30)
    half = (CHANNELS - 1) / 2
    lines = [[(a, b - half), (a, b + half)] for a, b in zip(x[near], y[near], strict=True)]
    axes.add_collection(LineCollection(lines, colors="tab:orange", linewidths=0.8))
    axes.set(
        title="centre of the lamp frame, and where the spectra lie",
        xlabel="x [pixel]",
        ylabel="y [pixel]",
        xlim=(column - size, column + size),
        ylim=(row - size, row + size),
    )
