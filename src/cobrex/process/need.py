"""What a process needs to know of a manifest, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
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
        "resources": in_plan_units(asdict(manifest.resources)),
        "volatile": list(manifest.volatile),
        "issues_url": manifest.issues_url,
    }


def in_plan_units(resources: Mapping[str, int]) -> dict[str, int]:
    """Return resources of a manifest or a preset in the units of `cobrex.plan.needs.Needs`.

    Parameters
    ----------
    resources : mapping of str to int
        Some of ``cores memory_bytes walltime_s scratch_bytes``.

    Returns
    -------
    dict of str to int
        Of ``cores memory_mb walltime_min scratch_mb`` those that are said.
    """
    sizes = {"memory_bytes": "memory_mb", "scratch_bytes": "scratch_mb"}
    found = {}
    for name, said in resources.items():
        if name in sizes:
            found[sizes[name]] = max(1, said >> 20)
        elif name == "walltime_s":
            found["walltime_min"] = max(1, -(-said // 60))
        else:
            found[name] = said
    return found


def _named(manifest: Manifest) -> list[dict[str, Any]]:
    """Inputs that are told by an option instead of the SOF, or besides."""
    how = {"prefix": manifest.calling.prefix, "join": manifest.calling.join}
    return [
        {"name": one.option, "frame_types": list(one.frame_types), **how}
        for one in manifest.inputs
        if one.option
    ]
