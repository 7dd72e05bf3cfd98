"""A picture of the waffle spots and the star between them."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from waffle import Doubles, Star

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def draw(path: Path, channels: list[tuple[Doubles, Star]]) -> None:
    """Draw both channels of the first image, the spots and their diagonals.

    Parameters
    ----------
    path : pathlib.Path
        PNG to write.
    channels : list of tuple
        Image and star in its pixels, of each channel.
    """
    figure, axes = plt.subplots(1, 2, figsize=(11, 5.5), layout="constrained")
    for number, (axis, (image, star)) in enumerate(zip(axes, channels, strict=True)):
        low, high = np.percentile(image, [1, 99.7])
        axis.imshow(
            image, origin="lower", cmap="inferno", vmin=low, vmax=max(high, low + 1e-6),
            interpolation="nearest",
        )  # fmt: skip
        for pair in (star.spots[::2], star.spots[1::2]):
            axis.plot(*pair.T, "-", color="tab:cyan", lw=0.6)
        axis.plot(*star.spots.T, "o", mfc="none", mec="tab:cyan", ms=12)
        axis.plot(star.x, star.y, "+", color="white", ms=14)
        axis.set(
            title=f"channel {number}: spots at {star.radius:.2f} pixels, S/N {star.snr:.0f}",
            xlabel="x [pixel of the window]",
            ylabel="y [pixel of the window]",
        )
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)
