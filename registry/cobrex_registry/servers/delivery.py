"""Publishing on another server first: whose version a number stands for is decided there."""

from __future__ import annotations

from dataclasses import dataclass

from cobrex_registry.errors import RegistryError
from cobrex_registry.repository import Registry
from cobrex_registry.store.refs import read

from .exchange import Chosen, Outcome
from .peers import Peer
from .sync import sync
from .transport import Remote


@dataclass(frozen=True, slots=True)
class Delivery:
    """Takes a version to a server before it has a ref here.

    Attributes
    ----------
    registry : Registry
        Ours, where the version's objects are.
    peer : Peer
        The server.
    thing : str
        ``recipe/main/toy``: what is published.
    server : str
        Our own name among servers.
    """

    registry: Registry
    peer: Peer
    thing: str
    server: str = ""

    def learn(self) -> Outcome:
        """Bring in the versions of the thing that are there: they count for the next number.

        Raises
        ------
        RegistryError
            Of kind ``unreachable``.
        """
        outside = Peer(self.peer.name, self.peer.url, push=False, channels=self.peer.channels)
        chosen = Chosen(thing=self.thing)
        return sync(self.registry, outside, server=self.server, chosen=chosen)

    def __call__(self, ref: str, tag: str) -> None:
        """Let the server create the version's ref; it has it, or what it has has come in.

        Parameters
        ----------
        ref : str
            The version.
        tag : str
            Its tag here.

        Raises
        ------
        RegistryError
            Of kind ``declined`` with the server's reason; ``conflict`` when the version is here
            and there with different files; ``unreachable``: whether it arrived is not known, and
            the same once more finds out.
        """
        remote = Remote(self.registry.git, self.peer.name, self.peer.url)
        # the empty lease: only where nothing is
        reason = remote.send({ref: tag}, {ref: ""}).get(ref)
        if reason is None:
            return
        outcome = self.learn()  # somebody was faster, perhaps
        what = ref.removeprefix("refs/tags/")
        for one in outcome.conflicts:
            if one.what == what:
                raise RegistryError(one.message, kind="conflict", hint=one.cure)
        if ref in outcome.refused:
            reason = f"what it shows as {what} is not taken in: {outcome.refused[ref]}"
        elif read(self.registry.git, ref):
            return
        raise RegistryError(
            f"{self.peer.name} did not take {what}: {reason}",
            kind="declined",
            hint="nothing is published, neither here nor there: mend it and publish again",
        )
