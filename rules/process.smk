import sys

CHUNKS = PLAN.chunks


def needs_of(wildcards):
    return CHUNKS.chunk(wildcards.chunk).needs


def place_of(wildcards):
    return needs_of(wildcards).place


# beside the recipe a job holds two Snakemakes and the runner, and their start
BESIDE_MB = 400
BESIDE_MIN = 2

# what SLURM is told of a place, by the executor's names
PLACE = {
    "partition": ("slurm_partition", lambda w: place_of(w).partition),
    "account": ("slurm_account", lambda w: place_of(w).account),
    "qos": ("qos", lambda w: place_of(w).qos),
    "constraint": ("constraint", lambda w: place_of(w).constraint),
    "avoid": ("slurm_extra", lambda w: "--exclude=" + ",".join(place_of(w).avoid)),
}


wildcard_constraints:
    chunk="[0-9]+",


for name, named in CHUNKS.rules().items():

    rule:
        name:
            name
        input:
            lambda wildcards: CHUNKS.before(wildcards.chunk),
        output:
            CHUNKS.marker(name, "{chunk}"),
        threads: lambda wildcards: needs_of(wildcards).cores
        resources:
            **dict(PLACE[one] for one in named),
            mem_mb=lambda wildcards: needs_of(wildcards).memory_mb + BESIDE_MB,
            runtime=lambda wildcards: needs_of(wildcards).walltime_min + BESIDE_MIN,
            disk_mb=lambda wildcards: needs_of(wildcards).scratch_mb,
        params:
            python=sys.executable,
            plan=str(PLAN.path),
        shell:
            "{params.python:q} -m cobrex.process {params.plan:q} {wildcards.chunk} {output:q}"
