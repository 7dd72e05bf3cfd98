"""The registry of this store, holding what ships."""

from __future__ import annotations

from cobrex_registry.repository import Registry
from cobrex_registry.ship import ensure_shipped
from cobrex_registry.store.signing import Signing

from .content import home
from .settings import Settings

_told: list[list[str]] = []


def open_registry(settings: Settings) -> Registry:
    """Open the registry; a fresh one is made, and what ships is published into it.

    Parameters
    ----------
    settings : Settings
        Say where the store is.

    Returns
    -------
    Registry
        Its ``blocked`` names shipped recipes that cannot be used, and why.

    Raises
    ------
    cobrex_registry.errors.RegistryError
        When it cannot be made or read.
    """
    registry = Registry.open(settings.registry)
    registry.signing = Signing.of(settings.signing_key, settings.allowed_signers)
    content = home()
    documents = {"rules": content / "instruments", "workflow": content / "workflows"}
    registry.blocked.update(
        ensure_shipped(registry, content / "recipes", content / "presets", documents)
    )
    _told.append(registry.warnings)
    return registry


def warnings() -> list[str]:
    """Return what the registries opened by this process have to say of versions they gave."""
    return list(dict.fromkeys(one for warnings in _told for one in warnings))
