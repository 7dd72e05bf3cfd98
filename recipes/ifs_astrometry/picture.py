"""A picture of the field: matched stars, compass, residuals."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from products import Field, expected_in_image

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.colors import AsinhNorm

_USED, _CLIPPED, _ALONE = "#ffb000", "#fe6100", "#7fc7ff"


def draw(path: Path, field: Field) -> None:
    """Draw the field with its stars, and the residuals beside it.

    Parameters
    ----------
    path : pathlib.Path
        PNG to write.
    field : Field
        What was measured.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.8), layout="constrained")
    _field(left, field)
    _residuals(right, field)
    fit = field.solution
    name = str(field.header.get("OBJECT", ""))
    night = str(field.header.get("DATE-OBS", ""))[:16].replace("T", " ")
    figure.suptitle(
        f"{name}   {night} UT   plate scale {fit.plate_scale:.4f} ± {fit.plate_scale_error:.4f}"
        f" mas/pixel   true north {fit.true_north:.3f} ± {fit.true_north_error:.3f}°"
    )
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _field(axes: plt.Axes, field: Field) -> None:
    half = field.image.shape[0] / 2
    sky = field.image - np.nanmedian(field.image)
    noise = 1.4826 * float(np.nanmedian(np.abs(sky)))
    norm = AsinhNorm(linear_width=5 * noise, vmin=-3 * noise, vmax=float(np.nanmax(sky)))
    extent = (-half, half, -half, half)
    shown = np.ma.masked_invalid(sky)
    axes.imshow(shown, origin="lower", cmap="magma", norm=norm, extent=extent)
    axes.set_facecolor("0.25")
    used = field.solution.used
    _rings(axes, field, field.found[used], _USED, "in the fit")
    _rings(axes, field, field.found[~used], _CLIPPED, "matched, left out")
    alone = np.setdiff1d(np.arange(len(field.stars)), field.found)
    _rings(axes, field, alone, _ALONE, "not in the list")
    absent = np.delete(field.expected(), field.listed)
    axes.plot(absent.real, absent.imag, "x", color=_ALONE, ms=7, label="in the list, not seen")
    for star, listed in zip(field.found, field.listed, strict=True):
        axes.annotate(
            field.reference.name[listed],
            (field.stars.u[star], field.stars.v[star]),
            xytext=(7, 5),
            textcoords="offset points",
            color="white",
            fontsize=8,
        )
    _compass(axes, field, half)
    axes.set(xlabel="x [pixel]", ylabel="y [pixel]", xlim=(-half, half), ylim=(-half, half))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, fontsize=8,
                facecolor="0.25", labelcolor="white")  # fmt: skip


def _rings(axes: plt.Axes, field: Field, which: np.ndarray, colour: str, label: str) -> None:
    if not which.size:
        return
    u, v = field.stars.u[which], field.stars.v[which]
    style = {"ms": 12, "mfc": "none", "mec": colour, "ls": "none"}
    axes.plot(u, v, "o", label=f"{which.size} {label}", **style)


def _compass(axes: plt.Axes, field: Field, half: float) -> None:
    corner = complex(half - 12, -half + 12)
    for name, east, north in (("N", 0.0, 1.0), ("E", 1.0, 0.0)):
        length = 0.16 * half * field.solution.plate_scale
        ends = expected_in_image(
            np.array([0.0, east * length]), np.array([0.0, north * length]), field.solution
        )
        tip = ends[1] - ends[0]
        arrow = {"arrowstyle": "->", "color": "white", "lw": 1.4}
        end = corner + 1.0 * tip
        axes.annotate("", (end.real, end.imag), (corner.real, corner.imag), arrowprops=arrow)
        text = corner + 1.35 * tip
        axes.text(text.real, text.imag, name, color="white", ha="center", va="center")


def _residuals(axes: plt.Axes, field: Field) -> None:
    fit = field.solution
    u, v = field.stars.u[field.found], field.stars.v[field.found]
    shift = fit.residual * fit.plate_scale
    longest = max(0.05, float(np.abs(shift[fit.used]).max()))
    scale = longest / (0.22 * field.image.shape[0] / 2)
    colours = np.where(fit.used, "tab:blue", _CLIPPED)
    arrows = axes.quiver(
        u, v, shift.real, shift.imag, color=colours, angles="xy", scale_units="xy",
        scale=scale, width=0.005,
    )  # fmt: skip
    axes.plot(u, v, "k.", ms=4)
    arrows.set_in_layout(False)
    key = float(f"{longest:.1g}")
    axes.quiverkey(arrows, 0.86, 1.02, key, f"{key:g} mas", labelpos="W")
    half = field.image.shape[0] / 2
    axes.set_title(f"residuals, r.m.s. {fit.rms:.2f} mas, {int(fit.used.sum())} stars", loc="left")
    axes.set(
        xlabel="x [pixel]",
        ylabel="y [pixel]",
        xlim=(-1.2 * half, 1.2 * half),
        ylim=(-1.2 * half, 1.2 * half),
        aspect="equal",
    )
    axes.grid(alpha=0.3)
