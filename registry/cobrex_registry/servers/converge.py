"""Status, channels and attestations: how two servers come to agree on what moves."""

from __future__ import annotations

from cobrex_registry.errors import RegistryError
from cobrex_registry.standing import channels, status
from cobrex_registry.standing.channels import Promotion
from cobrex_registry.store.git import Objects
from cobrex_registry.store.refs import create_all, swap
from cobrex_registry.store.signing import signer

from .conflicts import PREFIX
from .exchange import Exchange
from .moving import check_notes, check_status, check_target, is_ancestor, is_moving, promotion_of

_STATUS, _CHANNELS, _NOTES = "refs/status/", "refs/channels/", "refs/notes/attest/"


def take(exchange: Exchange) -> None:
    """Bring in events, promotions and attestations of the peer that are not here.

    Parameters
    ----------
    exchange : Exchange
        Whose versions have come in already.
    """
    wanted = [ref for ref in sorted(exchange.theirs) if _wants(exchange, ref)]
    good = exchange.fetch(wanted)
    for ref in good:
        try:
            if _take_one(exchange, ref):
                exchange.outcome.joined.append(ref)
        except RegistryError as error:
            exchange.outcome.refused[ref] = error.message
    exchange.remember(good)


def to_send(exchange: Exchange) -> tuple[dict[str, str], dict[str, str]]:
    """Return what of ours the peer lacks, and where its channels must stand to be moved.

    Parameters
    ----------
    exchange : Exchange
        After `take`.

    Returns
    -------
    refs : dict of str to str
        Ref to id.
    leases : dict of str to str
        Ref to the id it has at the peer.
    """
    refs, leases = {}, {}
    with exchange.git.objects() as objects:
        for ref, mine in sorted(exchange.ours.items()):
            if ref.startswith("refs/tags/") or not exchange.chosen.has(ref):
                continue
            theirs = exchange.theirs.get(ref, "")
            if theirs == mine or (theirs and not _is_newer(objects, ref, mine, theirs)):
                continue
            refs[ref] = mine
            if theirs and ref.startswith(_CHANNELS):
                leases[ref] = theirs
    return refs, leases


def newer(ours: Promotion, theirs: Promotion) -> bool:
    """Tell whether of two promotions theirs holds."""
    return theirs.order > ours.order


def _wants(exchange: Exchange, ref: str) -> bool:
    if ref.startswith("refs/tags/") or not exchange.chosen.has(ref):
        return False
    if not is_moving(ref):  # noted down, it would stand in the way of a good one below it
        exchange.outcome.refused[ref] = "no status, channel or attestations: see its name"
        return False
    if ref.startswith(_CHANNELS) and not exchange.peer.channels:
        return False
    return exchange.ours.get(ref) != exchange.theirs[ref]


def _take_one(exchange: Exchange, ref: str) -> bool:
    if ref.startswith(_STATUS):
        return _take_status(exchange, ref)
    if ref.startswith(_CHANNELS):
        return _take_channel(exchange, ref)
    return _take_notes(exchange, ref)


def _take_status(exchange: Exchange, ref: str) -> bool:
    git, theirs = exchange.git, exchange.theirs[ref]
    ours = exchange.ours.get(ref, "")
    with git.objects() as objects:
        check_status(objects, ref, theirs, ours)
    joined = status.merge(git, ours, theirs) if ours else theirs
    return joined != ours and _move(exchange, ref, joined)


def _take_channel(exchange: Exchange, ref: str) -> bool:
    theirs, ours = exchange.theirs[ref], exchange.ours.get(ref, "")
    with exchange.git.objects() as objects:
        promotion, data = promotion_of(objects, ref, theirs)
        tag = f"refs/tags/{promotion.kind}/{promotion.full_name}/{promotion.version}"
        if tag not in exchange.ours and exchange.chosen.tags is not None:
            return False
        check_target(objects, promotion, exchange.ours.get(tag, ""))
        if exchange.registry.signing.allowed is not None:
            signer(data, exchange.registry.signing.allowed)
        if ours and not newer(promotion_of(objects, ref, ours)[0], promotion):
            return False
    return _move(exchange, ref, theirs)


def _take_notes(exchange: Exchange, ref: str) -> bool:
    theirs, ours = exchange.theirs[ref], exchange.ours.get(ref, "")
    if ours and ref == f"{_NOTES}{exchange.server}":
        return False  # ours alone to write
    with exchange.git.objects() as objects:
        check_notes(objects, ref, theirs)
        if ours and is_ancestor(objects, theirs, ours):
            return False
        if ours and not is_ancestor(objects, ours, theirs):
            name = ref.removeprefix("refs/notes/")
            create_all(exchange.git, {f"{PREFIX}{exchange.peer.name}/{name}": theirs})
            return False
    return _move(exchange, ref, theirs)


def _move(exchange: Exchange, ref: str, new: str) -> bool:
    old = exchange.ours.get(ref, "")
    moved = swap(exchange.git, ref, new, old) if old else bool(create_all(exchange.git, {ref: new}))
    if moved:
        exchange.ours[ref] = new
    return moved  # else somebody here was faster: the next sync sees both


def _is_newer(objects: Objects, ref: str, mine: str, theirs: str) -> bool:
    try:
        if ref.startswith(_CHANNELS):
            ours, other = (channels.parse(objects.read(sha)[1], ref, sha) for sha in (mine, theirs))
            return newer(other, ours)
        return is_ancestor(objects, theirs, mine)
    except RegistryError:
        return False
