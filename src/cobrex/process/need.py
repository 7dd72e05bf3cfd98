"""What a process needs to know of a manifest, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cobrex_registry.recipe.manifest import Manifest
from cobrex_registry.recipe.metric import Metric


def needed(manifest: Manifest, ranges: Iterable[Metric] = ()) -> dict[str, Any]:
    """Return what a process needs to know of its recipe's manifest.

    Parameters
    ----------
    manifest : Manifest
    ranges : iterable of Metric
        Of a preset; they replace the recipe's.

    Returns
    -------
    dict
        `cobrex.plan.model.RecipeUse.manifest`.
    """
    metrics = {m.name: m for m in (*manifest.qc, *ranges)}
    return {
        "command": manifest.command,
        **({"input_options": named} if (named := _named(manifest)) else {}),
        "outputs": [
            {
                **{"role": o.role, "frame_type": o.frame_type, "file": o.file},
                **({"catg": o.catg} if o.catg else {}),
                **{"min": o.min, "max": o.max},
            }
            for o in manifest.outputs
        ],
        "qc": [
            {
                "name": m.name,
                "unit": m.unit,
                "low": m.range[0],
                "high": m.range[1],
                "action": m.action,
            }
            for m in metrics.values()
        ],
        "resources": {
            "cores": manifest.resources.cores,
            "memory_mb": max(1, manifest.resources.memory_bytes >> 20),
            "walltime_min": max(1, -(-manifest.resources.walltime_s // 60)),
            "scratch_mb": max(1, manifest.resources.scratch_bytes >> 20),
        },
        "volatile": list(manifest.volatile),
        "issues_url": manifest.issues_url,
    }


def _named(manifest: Manifest) -> list[dict[str, Any]]:
    """Inputs that are told by an option instead of the SOF, or besides."""
    how = {"prefix": manifest.calling.prefix, "join": manifest.calling.join}
    return [
        {"name": one.option, "frame_types": list(one.frame_types), **how}
        for one in manifest.inputs
        if one.option
    ]
