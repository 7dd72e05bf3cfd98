import json
import os
import sys

RECORD = (
    PLAN.meta["store"]
    + "/processes/{recipe}/{version}/{{shard}}/{{key}}/{{attempt}}/record.json"
)


def inputs_of(wildcards):
    """Raw frames as they are; products through the records of those that make them.

    A raw frame that has gone since is left out: its process says so, the others go on.
    """
    return [
        PLAN.record(i.producer) if i.producer else ancient(i.path)
        for i in PLAN.inputs(wildcards.key)
        if i.producer or os.path.exists(i.path)
    ]


def main_of(wildcards):
    return PLAN.process(wildcards.key)[0].labels["main"]


def preset_of(wildcards):
    return PLAN.process(wildcards.key)[0].recipe.preset


def parameters_of(wildcards):
    return json.dumps(
        dict(PLAN.process(wildcards.key)[0].recipe.parameters), sort_keys=True
    )


wildcard_constraints:
    shard="[A-Za-z0-9_-]{2}",
    key="[A-Za-z0-9_-]{43}",
    attempt="[0-9]{4}",


# a version used with two presets is one rule: two would promise the same outputs
for number, use in enumerate(
    {(u.name, u.version): u for u in PLAN.recipes.values()}.values(), 1
):

    rule:
        name:
            use.name.replace("/", "_") + "_" + str(number)
        input:
            inputs_of,
        output:
            RECORD.format(recipe=use.name, version=use.version),
        threads: use.manifest["resources"]["cores"]
        resources:
            mem_mb=use.manifest["resources"]["memory_mb"],
            runtime=use.manifest["resources"]["walltime_min"],
        params:
            python=sys.executable,
            plan=str(PLAN.path),
            recipe=f"{use.name}@{use.version}",
            preset=preset_of,
            parameters=parameters_of,
            main=main_of,
        shell:
            "{params.python:q} -m cobrex process run --plan {params.plan:q} -- {wildcards.key:q}"
