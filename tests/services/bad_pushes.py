"""Pushes that a server must refuse: what they are, how they are made, which reason they get."""

from __future__ import annotations

from collections.abc import Callable

from push_bench import TOY, Bench

from cobrex_registry.store.objects import EMPTY_TREE

ROLES = """
[namespaces]
main = ["grace"]
[channels]
production = ["ada"]
[servers]
chile = ["grace"]
"""
CHANNEL = "refs/channels/test/recipe/main/toy"
STATUS = "refs/status/recipe/main/toy"
NOTES = "refs/notes/attest/chile"
PARAMETER = '  - {name: label, type: str, default: ""}\n'
EVENT = (
    'yank main/toy 1.0.0\n\n{"action":"yank","at":"2026-01-01T00:00:00Z","by":"grace",'
    '"reason":"bad","replacement":"","schema":"status/1","version":"1.0.0"}'
)


def to(sha: str, number: str = "1.1.0") -> str:
    return f"{sha}:{TOY}{number}"


def one(bench: Bench, number: str = "1.1.0", **more) -> str:
    return to(bench.version(number, **more), number)


def link(bench: Bench, target: str) -> str:
    return one(bench, extra=(("120000", "link", bench.blob(target)),))


def promotion(bench: Bench, version: str, target: str, length: int = 9, ref: str = CHANNEL) -> str:
    message = (
        f'{{"history":[{{"at":"2026-01-01T00:00:00Z","rollback":false,"version":"{version}",'
        f'"who":"x"}}],"length":{length},"schema":"promotion/1","why":""}}'
    )
    return f"{bench.tag(target, ref, 'tag', message)}:{ref}"


def first(bench: Bench) -> str:
    return bench.server.resolve("recipe", "toy@1.0.0").tag_sha


def head(bench: Bench, ref: str) -> str:
    return bench.refs()[ref]


def namespaced(bench: Bench, ref: str) -> str:
    return f"{bench.tag(bench.commit(bench.recipe()), ref)}:{ref}"


def preset(bench: Bench, text: str, name: str = "toy--careful") -> str:
    tree = bench.tree(("40000", name, bench.tree(("100644", "preset.yaml", bench.blob(text)))))
    return namespaced_tree(bench, tree, f"refs/tags/preset/main/{name}/1.0.0")


def namespaced_tree(bench: Bench, tree: str, ref: str) -> str:
    return f"{bench.tag(bench.commit(tree), ref)}:{ref}"


PRESET = 'schema: preset/1\nname: careful\nversion: "1.0.0"\nfor: toy@^1\nparameters: {sigma: 4}\n'
BAD: dict[str, tuple[Callable[[Bench], str], str]] = {
    "manifest with an unknown key": (
        lambda b: to(b.version("1.1.0", ("title: A toy", "title: A toy\nshell: true"))),
        "unknown key 'shell'",
    ),
    "command with a missing script": (
        lambda b: to(b.version("1.1.0", ("python toy.py", "python other.py"))),
        "other.py is not in the folder",
    ),
    "no manifest": (
        lambda b: namespaced_tree(
            b, b.tree(("40000", "toy", b.tree(("100644", "a.py", b.blob("1"))))), f"{TOY}1.1.0"
        ),
        "recipe.yaml: is missing",
    ),
    "another name in the manifest": (
        lambda b: to(b.version("1.1.0", ("name: toy\n", "name: other\n"))),
        "its recipe.yaml says other 1.1.0",
    ),
    "another version in the manifest": (
        lambda b: to(b.version("1.1.0", ('"1.1.0"', '"1.2.0"'))),
        "its recipe.yaml says toy 1.2.0",
    ),
    "a number raised too little": (
        lambda b: to(b.version("1.0.1", (PARAMETER, "")), "1.0.1"),
        "says less than what changed",
    ),
    "a changed version": (
        lambda b: "+" + to(b.version("1.0.0", code="print(2)\n"), "1.0.0"),
        "a version never changes",
    ),
    "a new tag of the same files": (
        lambda b: "+" + to(b.tag(b.commit(b.recipe(), message="x"), f"{TOY}1.0.0"), "1.0.0"),
        "published already",
    ),
    "a deleted version": (lambda b: f":{TOY}1.0.0", "deletion prohibited|nothing is ever deleted"),
    "a deleted channel": (lambda b: f":{CHANNEL}", "deletion prohibited|nothing is ever deleted"),
    "a lightweight tag": (lambda b: to(b.commit(b.recipe())), "points to a commit"),
    "a tag made for another version": (
        lambda b: to(b.version("1.2.0")), "its tag was made for recipe/main/toy/1.2.0",
    ),
    "a tag of a tag": (
        lambda b: to(b.tag(b.version("1.1.0"), f"refs/{'recipe/main/toy/1.1.0'}", "tag")),
        "of a tag, not of a commit",
    ),
    "a tag of a tree": (
        lambda b: to(b.tag(b.recipe(), f"{TOY}1.1.0", "tree")), "of a tree, not of a commit",
    ),
    "a foreign namespace": (
        lambda b: namespaced(b, "refs/tags/recipe/hopper/toy/1.0.0"),
        "grace may not publish in the namespace hopper",
    ),
    "an unknown kind": (
        lambda b: namespaced(b, "refs/tags/virus/main/toy/1.0.0"), "no publication",
    ),
    "a version of two numbers": (lambda b: namespaced(b, f"{TOY}1.0"), "'1.0' is not a version"),
    "a name in capitals": (
        lambda b: namespaced(b, "refs/tags/recipe/main/TOY/1.0.0"), "no publication",
    ),
    "a name that is an option": (
        lambda b: namespaced(b, "refs/tags/recipe/main/--upload-pack=x/1.0.0"), "no publication",
    ),
    "a name that is a command": (
        lambda b: namespaced(b, "refs/tags/recipe/main/$(touch${IFS}owned)/1.0.0"),
        "no publication",
    ),
    "a channel without the role": (
        lambda b: promotion(b, "1.0.0", first(b), ref="refs/channels/production/recipe/main/toy"),
        "grace may not move the channel production",
    ),
    "a channel on an unpublished version": (
        lambda b: "+" + promotion(b, "3.0.0", b.version("3.0.0")), "not published here",
    ),
    "a channel on other files": (
        lambda b: "+" + promotion(b, "1.0.0", b.version("1.0.0", code="print(2)\n")),
        "other files than",
    ),
    "a channel that is no promotion": (lambda b: f"+{first(b)}:{CHANNEL}", "no promotion"),
    "a channel behind the one there": (
        lambda b: "+" + promotion(b, "1.0.0", first(b), length=1), "a newer promotion stands there",
    ),
    "an event that is none": (
        lambda b: f"{b.commit(EMPTY_TREE, head(b, STATUS), message='rm -rf')}:{STATUS}",
        "not an event",
    ),
    "an event with files": (
        lambda b: f"{b.commit(b.recipe(), head(b, STATUS), message=EVENT)}:{STATUS}", "holds files",
    ),
    "events that replace others": (
        lambda b: f"+{b.commit(EMPTY_TREE, message=EVENT, when=5)}:{STATUS}",
        "events are only added",
    ),
    "an event in a foreign namespace": (
        lambda b: f"{b.commit(EMPTY_TREE, message=EVENT)}:refs/status/recipe/hopper/toy",
        "may not deprecate or yank in the namespace hopper",
    ),
    "attestations of this very server": (
        lambda b: f"{head(b, NOTES)}:refs/notes/attest/home", "written on home alone",
    ),
    "attestations of a foreign server": (
        lambda b: f"{head(b, NOTES)}:refs/notes/attest/spain",
        "may not bring attestations of spain",
    ),
    "attestations that lose some": (
        lambda b: f"+{b.commit(b.tree())}:{NOTES}", "attestations are only added",
    ),
    "attestations with other things": (
        lambda b: f"{b.commit(b.recipe(), head(b, NOTES))}:{NOTES}", "other things than notes",
    ),
    "a branch": (lambda b: f"{b.commit(b.recipe())}:refs/heads/main", "only versions"),
    "a mirror": (lambda b: f"{first(b)}:refs/mirror/chile/tags/x", "only versions"),
    "a conflict": (lambda b: f"{first(b)}:refs/conflicts/chile/recipe/main/toy/1.0.0",
                   "only versions"),
    ".gitattributes": (
        lambda b: one(b, extra=(("100644", ".gitattributes", b.blob("* text")),)),
        r"\.gitattributes may not be published",
    ),
    ".gitmodules": (
        lambda b: one(b, extra=(("100644", ".gitmodules", b.blob("[submodule \"a\"]\n")),)),
        r"\.gitmodules",
    ),
    "a link to the parent": (lambda b: link(b, "../../../etc/passwd"), "a link that leaves"),
    "a link to the root": (lambda b: link(b, "/etc/passwd"), "a link that leaves"),
    "a large file": (
        lambda b: one(b, extra=(("100644", "big.bin", b.blob(b"\0" * (9 << 20))),)),
        "big.bin: larger than 8 MiB",
    ),
    "too many files": (
        lambda b: one(
            b, extra=tuple(("100644", f"f{n:05}", b.blob("x")) for n in range(2001))
        ),
        "more than 2000 files",
    ),
    "a tree that unfolds without end": (
        lambda b: one(b, extra=(("40000", "bomb", bomb(b)),)), "more than 2000 files",
    ),
    "a name with a backslash": (
        lambda b: one(b, extra=(("100644", "a\\b", b.blob("x")),)), "cannot be published|backslash",
    ),
    "a name with a colon": (
        lambda b: one(b, extra=(("100644", "C:x", b.blob("x")),)), "cannot be published",
    ),
    "a submodule": (
        lambda b: one(b, extra=(("160000", "sub", "1" * 40),)), "is a submodule",
    ),
    "more than the folder in the root": (
        lambda b: namespaced_tree(
            b,
            b.tree(("40000", "toy", b.tree()), ("100644", "x", b.blob("x"))),
            f"{TOY}1.1.0",
        ),
        "to hold the folder toy alone",
    ),
    "the folder of another recipe": (
        lambda b: to(b.version("1.1.0", name="other")), "to hold the folder toy alone",
    ),
    "an empty folder": (
        lambda b: one(b, extra=(("40000", "nothing", b.tree()),)), "not laid out",
    ),
    "two parents": (
        lambda b: to(b.version("1.1.0", parents=(b.commit(b.recipe()), b.commit(b.recipe(),
                                                                                 when=9)))),
        "several parents",
    ),
    "a wrong code hash": (
        lambda b: to(b.tag(b.commit(b.recipe(('"1.0.0"', '"1.1.0"'))), f"{TOY}1.1.0",
                           message="t\n\nCode-Hash: " + "A" * 43)),
        "Code-Hash in its tag",
    ),
    "a preset for nothing": (
        lambda b: preset(b, PRESET.replace("toy@^1", "toy@^7")), "not published here",
    ),
    "a preset with an unknown parameter": (
        lambda b: preset(b, PRESET.replace("sigma", "sogma")), "sogma",
    ),
    "a preset of another name": (
        lambda b: preset(b, PRESET, "toy--hasty"), "its preset.yaml says toy--careful",
    ),
    "a suite that is none": (
        lambda b: namespaced_tree(
            b, b.tree(("40000", "s", b.tree(("100644", "suite.yaml", b.blob("a: 1"))))),
            "refs/tags/suite/main/s/1.0.0",
        ),
        "suite.yaml",
    ),
}  # fmt: skip


def bomb(bench: Bench) -> str:
    tree = bench.tree(("100644", "x", bench.blob("x")))
    for _ in range(20):
        tree = bench.tree(*(("40000", f"d{n}", tree) for n in range(10)))
    return tree
