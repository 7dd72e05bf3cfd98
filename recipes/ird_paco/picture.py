"""Pictures of maps, with what was found."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from detect import Detection
from frames import Floats
from sky import Sky

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def draw_map(
    path: Path, image: Floats, label: str, sky: Sky, found: list[Detection], fwhm: float
) -> None:
    """Draw a map with compass, scale bar and detections.

    Parameters
    ----------
    path : pathlib.Path
        PNG to write.
    image : ndarray, shape (n, n)
        Map, north up, east left.
    label : str
        Of the colour bar.
    sky : Sky
        Orientation.
    found : list of Detection
        Marked with their numbers.
    fwhm : float
        Pixels.
    """
    reach = (sky.side / 2) * sky.scale / 1000
    figure, axes = plt.subplots(figsize=(7, 6), layout="constrained")
    low, high = _limits(image)
    shown = axes.imshow(
        image, origin="lower", extent=(reach, -reach, -reach, reach), cmap="inferno",
        vmin=low, vmax=high, interpolation="nearest",
    )  # fmt: skip
    axes.plot(0, 0, "*", color="white", ms=9, mec="black", mew=0.6)
    for number, one in enumerate(found, 1):
        x, y = (-(one.x - sky.side // 2), one.y - sky.side // 2)
        x, y = x * sky.scale / 1000, y * sky.scale / 1000
        radius = fwhm * sky.scale / 1000
        axes.add_patch(plt.Circle((x, y), radius, fill=False, color="deepskyblue", lw=1.5))
        # away from the star, where it is dark
        side = -1 if (-0.8 * reach < y < 0) or y > 0.8 * reach else 1
        axes.text(
            x, y + 1.3 * side * radius, f"{number}: S/N {one.snr:.1f}", color="deepskyblue",
            ha="center", va="bottom" if side > 0 else "top", fontsize=9,
        )  # fmt: skip
    _compass(axes, reach)
    _scale_bar(axes, reach)
    axes.set(xlabel="offset to the east [arcsec]", ylabel="offset to the north [arcsec]")
    figure.colorbar(shown, ax=axes, label=label, shrink=0.9)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _limits(image: Floats) -> tuple[float, float]:
    seen = image[np.isfinite(image) & (image != 0)]
    if seen.size == 0:
        return (0.0, 1.0)
    spread = 1.4826 * float(np.median(np.abs(seen - np.median(seen))))
    return (-3 * spread, max(10 * spread, float(seen.max())))


def _compass(axes: plt.Axes, reach: float) -> None:
    x, y, length = -0.72 * reach, -0.86 * reach, 0.18 * reach
    for dx, dy, name in ((0, length, "N"), (length, 0, "E")):
        axes.annotate(
            "", (x + dx, y + dy), (x, y), arrowprops={"arrowstyle": "->", "color": "white"}
        )
        axes.text(x + 1.3 * dx, y + 1.3 * dy, name, color="white", ha="center", va="center")


def _scale_bar(axes: plt.Axes, reach: float) -> None:
    length = next(one for one in (5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.0) if one < 0.6 * reach)
    x, y = 0.9 * reach, -0.86 * reach
    axes.plot([x, x - length], [y, y], color="white", lw=2)
    axes.text(x - length / 2, y + 0.03 * reach, f'{length:g}"', color="white", ha="center")
