"""Works through the chunks of one round's plan; all that is decided was decided in the plan."""

from cobrex.plan.file import PlanFile

PLAN = PlanFile(config["plan"])


localrules:
    all,


rule all:
    input:
        lambda wildcards: PLAN.chunks.markers(),


include: "rules/process.smk"
