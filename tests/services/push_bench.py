"""A server and somebody who pushes into it, whatever objects a test wants."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from recipe_folder import manifest_text

from cobrex_registry.ident import Author
from cobrex_registry.repository import Registry
from cobrex_registry.servers.serve import serve_init
from cobrex_registry.servers.transport import surroundings
from cobrex_registry.store.git import Git, GitError
from cobrex_registry.store.objects import moment, write_tag
from cobrex_registry.store.refs import read
from cobrex_registry.store.tree_hash import tree_data

TOY = "refs/tags/recipe/main/toy/"
ADA = Author("Ada", "ada@example.org")


class Bench:
    """A served registry, and a second one that pushes."""

    def __init__(self, folder: Path, roles: str = "", signers: str = "") -> None:
        self.folder = folder
        self.server = serve_init(folder / "server.git", server="home", allowed_signers=signers)
        if roles:
            (self.server.path / "roles.toml").write_text(roles)
        self.mine = Registry.open(folder / "mine.git")

    def copy(self, folder: Path) -> Bench:
        """Return the same in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        made = Bench.__new__(Bench)
        made.folder = folder
        made.server = Registry.open(folder / "server.git", create=False)
        made.mine = Registry.open(folder / "mine.git", create=False)
        return made

    def write(self, kind: str, data: bytes) -> str:
        """Write an object, however wrong it is."""
        words = ("-w", "-t", kind, "--literally", "--stdin")
        return self.mine.git.run("hash-object", *words, data=data)

    def blob(self, data: bytes | str) -> str:
        data = data.encode() if isinstance(data, str) else data
        return self.write("blob", data)

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """Write a tree of (mode, name, id)."""
        ordered = sorted(entries, key=lambda e: e[1] + ("/" if e[0] == "40000" else ""))
        made = tree_data([(mode, sha, name) for mode, name, sha in ordered])
        return self.write("tree", made)

    def recipe(
        self,
        *changes: tuple[str, str],
        extra: tuple[tuple[str, str, str], ...] = (),
        name: str = "toy",
        code: str = "print('toy')\n",
    ) -> str:
        """Write a root tree with the toy, changed, and more entries beside its files."""
        files = (
            ("100644", "recipe.yaml", self.blob(manifest_text(*changes))),
            ("100644", "toy.py", self.blob(code)),
        )
        return self.tree(("40000", name, self.tree(*files, *extra)))

    def commit(
        self, tree: str, *parents: str, message: str = "m", when: int = 1_700_000_000
    ) -> str:
        lines = [f"tree {tree}", *(f"parent {one}" for one in parents)]
        lines += [f"author {ADA.ident} {when} +0000", f"committer {ADA.ident} {when} +0000"]
        data = "\n".join([*lines, "", message]) + "\n"
        return self.write("commit", data.encode())

    def tag(self, target: str, ref: str, kind: str = "commit", message: str = "m", **more) -> str:
        name = ref.removeprefix("refs/tags/") if kind != "tag" else ref.removeprefix("refs/")
        return write_tag(
            self.mine.git, target, kind, name, message, author=ADA, when=moment(), **more
        )

    def version(self, number: str = "1.0.0", *changes: tuple[str, str], **more) -> str:
        """Write the tag of a good version of the toy."""
        parents = more.pop("parents", ())
        key = more.pop("key", None)
        changes = (('"1.0.0"', f'"{number}"'), *changes)
        return self.tag(
            self.commit(self.recipe(*changes, **more), *parents), f"{TOY}{number}", key=key
        )

    def push(self, *specs: str, who: str = "grace") -> str:
        """Push; return what was said when it was refused, else nothing."""
        git = Git(self.mine.path, {**surroundings(), "COBREX_PUSHER": who})
        try:
            git.run("push", "--porcelain", "--", str(self.server.path), *specs)
        except GitError as error:
            return error.stderr + error.stdout
        return ""

    def refs(self) -> dict[str, str]:
        return read(self.server.git, "refs/")


def keygen(folder: Path, name: str) -> Path:
    """Make an ssh key without a passphrase."""
    folder.mkdir(exist_ok=True)
    key = folder / name
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return key


def signers(folder: Path, **keys: Path) -> Path:
    """Write a file of allowed signers: name=key."""
    path = folder / "allowed_signers"
    lines = [f"{name} {key.with_suffix('.pub').read_text()}" for name, key in keys.items()]
    path.write_text("".join(lines))
    return path
