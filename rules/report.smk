"""The report of a batch: publishes the pages and pictures that cobrex.report has laid out."""

import json
from pathlib import Path

BOOK = json.loads(Path(config["book"]).read_text(encoding="utf-8"))
config |= {name: BOOK[name] for name in ("title", "summary", "failures")}


report: "captions/workflow.rst"


def filed(wildcards):
    return BOOK["leaves"][wildcards.leaf]


def fact(name):
    return lambda wildcards: filed(wildcards)["facts"].get(name, "")


rule report_of_the_batch:
    input:
        [
            f"results/{chapter['folder']}/{leaf}"
            for chapter in BOOK["chapters"]
            for leaf in chapter["leaves"]
        ],


for chapter in BOOK["chapters"]:

    rule:
        name:
            chapter["name"]
        input:
            draft="drafts/{leaf}",
            made_from=lambda wildcards: filed(wildcards)["needs"],
        output:
            report(
                directory(f"results/{chapter['folder']}/{{leaf}}"),
                patterns=["{result}.html", "{result}.png"],
                category=lambda wildcards: filed(wildcards)["category"],
                subcategory=lambda wildcards: filed(wildcards)["subcategory"],
                labels=lambda wildcards: {
                    "result": filed(wildcards)["labels"][wildcards.result]
                },
                caption=chapter["caption"] and f"captions/{chapter['caption']}.rst",
            ),
        params:
            **{name: fact(name) for name in BOOK["facts"]},
        shell:
            "# publishes the finished page\n" "cp -R {input.draft} {output}"
