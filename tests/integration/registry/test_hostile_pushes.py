"""Pushes by no git of ours: what the protocol allows and a careful client never sends."""

from __future__ import annotations

import os
import subprocess

import pytest
from bad_pushes import ROLES
from push_bench import TOY, Bench

from cobrex_registry.store.git import ZERO


def _line(text: str) -> bytes:
    return b"%04x" % (len(text) + 4) + text.encode()


def _receive(bench: Bench, commands: list[tuple[str, str, str]]) -> str:
    """Speak the protocol by hand: commands (old, new, ref), with the objects they need."""
    git = ["git", f"--git-dir={bench.mine.path}"]
    wanted = [new for _, new, _ in commands]
    listed = subprocess.run(
        [*git, "rev-list", "--objects", *wanted], capture_output=True, text=True, check=True
    ).stdout
    names = "".join(f"{line.split(' ')[0]}\n" for line in listed.splitlines())
    pack = subprocess.run(
        [*git, "pack-objects", "--stdout", "-q"], input=names.encode(), capture_output=True,
        check=True,
    ).stdout  # fmt: skip
    head, *rest = [" ".join(one) for one in commands]
    said = b"".join([_line(f"{head}\0report-status"), *map(_line, rest), b"0000", pack])
    done = subprocess.run(
        ["git", "receive-pack", str(bench.server.path)], input=said, capture_output=True,
        env={**os.environ, "COBREX_PUSHER": "grace"}, check=False,
    )  # fmt: skip
    return (done.stdout + done.stderr).decode("utf-8", "replace")


@pytest.mark.parametrize("bad_first", [True, False])
def test_a_ref_that_stands_twice_in_a_push_is_refused(bad_first, tmp_path):
    """The hook would look at the last of the two, and git carries out the first."""
    bench = Bench(tmp_path, ROLES)
    good = bench.version()
    attributes = ("100644", ".gitattributes", bench.blob("* text\n"))
    bad = bench.version(extra=(attributes,))
    pair = [(ZERO, bad, f"{TOY}1.0.0"), (ZERO, good, f"{TOY}1.0.0")]
    said = _receive(bench, pair if bad_first else pair[::-1])
    assert "stands twice" in said
    assert bench.refs() == {}


def test_roles_behind_a_link_that_leads_nowhere_close_the_door(tmp_path):
    """A file system that is away must not make everybody an editor."""
    bench = Bench(tmp_path, ROLES)
    roles = bench.server.path / "roles.toml"
    roles.rename(tmp_path / "elsewhere.toml")
    roles.symlink_to(tmp_path / "elsewhere.toml")
    assert "eve may not publish" in bench.push(f"{bench.version()}:{TOY}1.0.0", who="eve")
    (tmp_path / "elsewhere.toml").unlink()
    assert "cannot be judged" in bench.push(f"{bench.version()}:{TOY}1.0.0", who="eve")
    assert bench.refs() == {}
