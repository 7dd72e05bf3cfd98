"""A picture of both channels and how their pixels are spread."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def draw(path: Path, image: NDArray[np.floating], bad: NDArray[np.bool_], label: str) -> None:
    """Draw an image, its bad pixels left white, and the histogram of the others.

    Parameters
    ----------
    path : pathlib.Path
        PNG to write.
    image : ndarray, shape (rows, columns)
        Both channels.
    bad : ndarray of bool, shape (rows, columns)
        Not to be trusted.
    label : str
        Of the values.
    """
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 4), layout="constrained", width_ratios=(2, 1)
    )
    good = image[~bad]
    low, high = np.percentile(good, [0.5, 99.5]) if good.size else (0.0, 1.0)
    high = max(high, low + 1e-6)
    shown = left.imshow(
        np.where(bad, np.nan, image), origin="lower", cmap="viridis", vmin=low, vmax=high,
        interpolation="nearest",
    )  # fmt: skip
    left.axvline(image.shape[1] / 2 - 0.5, color="white", lw=0.8)
    left.set(title=f"{int(bad.sum())} bad pixels", xlabel="x [pixel]", ylabel="y [pixel]")
    figure.colorbar(shown, ax=left, label=label, shrink=0.8)
    width = high - low
    right.hist(good, bins=100, range=(low - width, high + width), log=True, color="tab:blue")
    right.set(xlabel=label, ylabel="pixels")
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)
