"""A random history of several servers: they publish, yank, promote, sync, break off and die."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from lossy_network import Cutter, Daemon
from recipe_folder import write_recipe

from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.servers.exchange import Outcome
from cobrex_registry.servers.peers import Peer
from cobrex_registry.servers.serve import serve_init
from cobrex_registry.servers.sync import sync
from cobrex_registry.standing import channels, status
from cobrex_registry.store.git import ZERO
from cobrex_registry.store.loose import write_objects
from cobrex_registry.store.objects import moment, write_commit
from cobrex_registry.store.refs import read, swap
from cobrex_registry.store.tree_hash import tree_data

NAMES = ("ant", "bee")
NUMBERS = ("1.0.0", "1.0.1", "1.1.0", "2.0.0")
ACTIONS = ("publish",) * 5 + ("event", "promote", "attest") + ("sync",) * 3 + ("cut",) * 2 + (
    "kill",) * 3  # fmt: skip
WHO = Author("Ada", "ada@example.org")


class History:
    """Servers of one history, and all that was ever published on them.

    Attributes
    ----------
    counts : Counter
        What happened.
    """

    def __init__(self, folder: Path, seed: int, daemon: Daemon, cutter: Cutter) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.cutter = cutter
        self.counts: Counter[str] = Counter()
        base = folder.relative_to(daemon.folder)
        self.names = [f"s{n}" for n in range(self.random.randint(2, 4))]
        # the first one judges what is pushed into it, the others take everything
        self.servers = [
            serve_init(folder / f"{name}.git", server=name)
            if name == "s0"
            else Registry.open(folder / f"{name}.git")
            for name in self.names
        ]
        self.urls = [f"git://127.0.0.1:{cutter.port}/{base}/{name}.git" for name in self.names]
        self.seen: list[dict[str, str]] = [{} for _ in self.names]
        self.made: dict[str, set[str]] = {}

    def step(self) -> None:
        """Let one thing happen, and see that nothing published was lost or changed."""
        action = self.random.choice(ACTIONS)
        self.counts[action] += 1
        at = self.random.randrange(len(self.servers))
        getattr(self, f"_{action}")(at)
        self.check()

    def check(self) -> None:
        """Every version ever seen on a server is there as it was; none came from nowhere."""
        for name, server, seen in zip(self.names, self.servers, self.seen, strict=True):
            now = read(server.git, "refs/tags/")
            for ref, sha in seen.items():
                assert now.get(ref) == sha, f"{ref} on {name} was {sha}, is {now.get(ref)}"
            for ref, sha in now.items():
                assert sha in self.made[ref], f"{ref} on {name} is {sha}, published by nobody"
            seen.update(now)

    def settle(self) -> None:
        """Let all sync with all until nothing is new; then all agree, conflicts excepted."""
        self.cutter.limit = None
        for _ in range(len(self.servers) + 2):
            outcomes = [
                self.patient_sync(at, to)
                for at in range(len(self.servers))
                for to in range(len(self.servers))
                if at != to
            ]
            self.check()
            if not any(one.came or one.joined for one in outcomes):
                break
        else:
            raise AssertionError("they never agree")
        self._agree(outcomes)
        for server in self.servers:
            done = subprocess.run(
                ["git", f"--git-dir={server.path}", "fsck", "--strict", "--no-dangling"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr

    def sync(self, at: int, to: int, *, push: bool = False) -> Outcome:
        peer = Peer(self.names[to], self.urls[to], push)
        return sync(self.servers[at], peer, server=self.names[at])

    def patient_sync(self, at: int, to: int) -> Outcome:
        """Sync; a busy daemon may hang up now and then."""
        for _ in range(3):
            try:
                return self.sync(at, to)
            except RegistryError as error:
                assert error.kind == "unreachable", error.message
                self.counts["hung up"] += 1
        return self.sync(at, to)

    def _agree(self, outcomes: list[Outcome]) -> None:
        trees = [{v.ref: v.tree_sha for v in server.list("recipe")} for server in self.servers]
        everything = {ref for one in trees for ref in one}
        contested = {ref for ref in everything if len({one.get(ref) for one in trees}) > 1}
        self.counts["conflicts"] += len(contested)
        assert everything == set(self.made)
        assert all(set(one) == everything for one in trees)
        pairs = [(a, t) for a in range(len(trees)) for t in range(len(trees)) if a != t]
        for (at, to), outcome in zip(pairs, outcomes, strict=True):
            differing = {ref for ref in contested if trees[at][ref] != trees[to][ref]}
            listed = {f"refs/tags/{one.what}" for one in outcome.conflicts}
            assert differing <= listed <= contested
        things = {ref.rpartition("/")[0].removeprefix("refs/tags/") for ref in contested}
        moving = [
            {
                ref: sha
                for ref, sha in read(
                    one.git, "refs/status/", "refs/channels/", "refs/notes/"
                ).items()
                if not (ref.startswith("refs/channels/") and ref.split("/", 3)[3] in things)
            }
            for one in self.servers
        ]
        assert all(one == moving[0] for one in moving)

    def _publish(self, at: int) -> None:
        name, number = self.random.choice(NAMES), self.random.choice(NUMBERS)
        variant = int(self.random.random() < 0.15)
        folder = self.folder / f"{name}-{number}-{variant}"
        if not folder.exists():
            write_recipe(folder, ("name: toy\n", f"name: {name}\n"), ('"1.0.0"', f'"{number}"'),
                         code=f"print('{number} {variant}')\n")  # fmt: skip
        try:
            version = publish(self.servers[at], folder)
        except RegistryError as error:
            assert error.kind == "version-taken"
        else:
            self.made.setdefault(version.ref, set()).add(version.tag_sha)

    def _some_version(self, at: int):
        versions = self.servers[at].list("recipe")
        return self.random.choice(versions) if versions else None

    def _event(self, at: int) -> None:
        if version := self._some_version(at):
            event = status.Event(
                self.random.choice(status.ACTIONS), version.version, "so", by="ada"
            )
            spec = Spec(version.namespace, version.name)
            status.add(self.servers[at].git, "recipe", spec, event, WHO)

    def _promote(self, at: int) -> None:
        if version := self._some_version(at):
            channels.promote(self.servers[at].git, version, "test", who="ada", author=WHO)

    def _attest(self, at: int) -> None:
        git, ref = self.servers[at].git, f"refs/notes/attest/{self.names[at]}"
        if version := self._some_version(at):
            old = read(git, ref).get(ref, "")
            text = f"{self.random.random()}\n".encode()
            (blob,) = write_objects(git.path, [("blob", text)])
            tree = tree_data([("100644", blob, version.tag_sha)])
            (made,) = write_objects(git.path, [("tree", tree)])
            new = write_commit(git, made, [old] if old else [], "n", author=WHO, when=moment())
            assert swap(git, ref, new, old or ZERO)

    def _other(self, at: int) -> int:
        return self.random.choice([n for n in range(len(self.servers)) if n != at])

    def _sync(self, at: int) -> None:
        try:
            self.sync(at, self._other(at), push=self.random.random() < 0.5)
        except RegistryError as error:
            assert error.kind == "unreachable", error.message
            self.counts["hung up"] += 1

    def _cut(self, at: int) -> None:
        self.cutter.limit = self.random.randrange(20, 6000)
        before = self.cutter.cuts
        try:
            self.sync(at, self._other(at), push=self.random.random() < 0.5)
        except RegistryError as error:
            assert error.kind == "unreachable", error.message
        finally:
            self.cutter.limit = None
        self.counts["connections cut"] += self.cutter.cuts > before

    def _kill(self, at: int) -> None:
        """Sync in a process that is killed, with its git or without."""
        to, push = self._other(at), self.random.random() < 0.5
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            os.setsid()
            try:
                self.sync(at, to, push=push)
            finally:
                os._exit(0)
        time.sleep(self.random.random() * 0.4)
        try:
            if self.random.random() < 0.5:
                os.killpg(child, signal.SIGKILL)
            else:
                os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, how = os.waitpid(child, 0)
        self.counts["killed"] += os.WIFSIGNALED(how)
