"""Sync with another server: what is missing comes in, nothing is overwritten or deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cobrex_registry.errors import RegistryError
from cobrex_registry.repository import Registry
from cobrex_registry.store.git import Objects
from cobrex_registry.store.read_ahead import ReadAhead
from cobrex_registry.store.refs import create_all, read
from cobrex_registry.store.signing import signer

from . import conflicts, converge
from .exchange import Chosen, Exchange, Outcome
from .incoming import check_arrival, parts_of, read_version
from .peers import BUNDLE, Peer
from .transport import CHUNK, MOST, PREFIXES, Remote

_TAGS = "refs/tags/"
Progress = Callable[[int, int], None]


def sync(
    registry: Registry,
    peer: Peer,
    *,
    server: str = "",
    chosen: Chosen | None = None,
    progress: Progress = lambda done, total: None,
) -> Outcome:
    """Bring in what a peer has and we lack; send it what it lacks when it is to be sent.

    Killed at any instant, or when the connection is lost, what has come in is whole; the next
    sync goes on.

    Parameters
    ----------
    registry : Registry
        Ours.
    peer : Peer
        The other server, or a bundle.
    server : str
        Our own name: whose attestations are ours alone.
    chosen : Chosen, optional
        The versions meant; all by default.
    progress : callable
        Gets how many versions have come in, of how many.

    Returns
    -------
    Outcome

    Raises
    ------
    RegistryError
        Of kind ``unreachable`` when the peer does not answer, or stops to.
    """
    git = registry.git
    remote = Remote(git, peer.name, peer.url)
    theirs = remote.shown()
    mirror = f"refs/mirror/{peer.name}/"
    here = read(git, *PREFIXES, mirror, conflicts.PREFIX)
    exchange = Exchange(
        registry=registry,
        peer=peer,
        server=server,
        remote=remote,
        theirs=theirs,
        ours={ref: sha for ref, sha in here.items() if ref.startswith(PREFIXES)},
        mirror={
            "refs/" + ref.removeprefix(mirror): sha
            for ref, sha in here.items()
            if ref.startswith(mirror)
        },
        ids=set(here.values()),
        chosen=chosen or Chosen(),
        outcome=Outcome(peer.name),
    )
    _take_tags(exchange, progress)
    converge.take(exchange)
    if peer.push and peer.name != BUNDLE:
        _send(exchange)
    exchange.outcome.missing = sorted((exchange.chosen.tags or frozenset()) - exchange.ours.keys())
    exchange.outcome.conflicts = conflicts.listed(git, peer.name)
    return exchange.outcome


def _take_tags(exchange: Exchange, progress: Progress) -> None:
    differing = [
        ref
        for ref, sha in sorted(exchange.theirs.items())
        if ref.startswith(_TAGS) and exchange.ours.get(ref) != sha and exchange.chosen.has(ref)
    ]
    wanted = [ref for ref in differing if _is_publication(exchange, ref)]
    again = [ref for ref, sha in exchange.mirror.items()
             if exchange.theirs.get(ref, sha) != sha and exchange.ours.get(ref) not in {None, sha}
             and exchange.ours.get(ref) == exchange.theirs[ref]]  # fmt: skip
    exchange.remember(again)  # what the peer shows is ours by now: a conflict may be over
    at, size = 0, CHUNK
    while part := wanted[at : at + size]:
        progress(at, len(wanted))
        good = exchange.fetch(part)
        _take_part(exchange, good)
        # a cut connection costs a part; asking what is missing costs the more, the more is here
        at, size = at + size, min(2 * size, MOST)
    if wanted:
        progress(len(wanted), len(wanted))


def _is_publication(exchange: Exchange, ref: str) -> bool:
    try:
        parts_of(ref)
    except RegistryError as error:
        exchange.outcome.refused[ref] = error.message
        return False
    return True


def _take_part(exchange: Exchange, part: Sequence[str]) -> None:
    new: dict[str, str] = {}
    clashing: dict[str, str] = {}
    with ReadAhead(exchange.git) as objects:
        objects.ahead(exchange.theirs[ref] for ref in part)
        for ref in exchange.oldest_first(part):
            sha = exchange.theirs[ref]
            try:
                if ref not in exchange.ours:
                    _check(exchange, objects, ref)
                    new[ref] = sha
                elif not _same_files(exchange, objects, ref):
                    clashing[_conflict_ref(exchange, ref)] = sha
            except RegistryError as error:
                exchange.outcome.refused[ref] = error.message
    made = create_all(exchange.git, new)
    exchange.ours |= {ref: new[ref] for ref in made}
    exchange.outcome.came += sorted(made)
    create_all(exchange.git, clashing)
    exchange.remember(part)


def _check(exchange: Exchange, objects: Objects, ref: str) -> None:
    arrival = check_arrival(objects, ref, exchange.theirs[ref], exchange.knows)
    allowed = exchange.registry.signing.allowed
    if allowed is not None:
        signer(arrival.data, allowed)
    exchange.commits.add(arrival.version.commit_sha)


def _same_files(exchange: Exchange, objects: Objects, ref: str) -> bool:
    """Tell whether two tags of one version have the same tree; then ours will do for both."""
    mine, _ = read_version(objects, ref, exchange.ours[ref])
    other, _ = read_version(objects, ref, exchange.theirs[ref])
    return mine.tree_sha == other.tree_sha


def _conflict_ref(exchange: Exchange, ref: str) -> str:
    return f"{conflicts.PREFIX}{exchange.peer.name}/{ref.removeprefix(_TAGS)}"


def _send(exchange: Exchange) -> None:
    lacking = {
        ref: sha
        for ref, sha in exchange.ours.items()
        if ref.startswith(_TAGS) and ref not in exchange.theirs and exchange.chosen.has(ref)
    }
    ordered = {ref: lacking[ref] for ref in exchange.oldest_first(lacking)}
    moving, leases = converge.to_send(exchange)
    exchange.outcome.declined = exchange.remote.send({**ordered, **moving}, leases)
    exchange.outcome.sent = [
        ref for ref in (*ordered, *moving) if ref not in exchange.outcome.declined
    ]
