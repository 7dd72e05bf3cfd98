"""Rules and workflows in a registry: what ships is there, what is no document does not come in."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobrex_registry.documents.published import publish_document, text_of
from cobrex_registry.errors import RegistryError
from cobrex_registry.ident import Author
from cobrex_registry.publication import publish_files
from cobrex_registry.repository import Registry
from cobrex_registry.semver import Spec
from cobrex_registry.servers.incoming import check_arrival
from cobrex_registry.ship import ensure_shipped
from cobrex_registry.store.tree_files import PLAIN, TreeFile

FLOW = b'schema: workflow/1\nname: toys\nversion: "1.0.0"\nsteps: {a: {}}\n'


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.open(tmp_path / "registry.git")


def test_what_ships_is_published_and_read_back(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "toys.yaml").write_bytes(FLOW)
    (folder / "bad.yaml").write_text("schema: workflow/1\nname: bad\n")
    places = (tmp_path / "recipes", tmp_path / "presets", {"workflow": folder})
    blocked = ensure_shipped(registry, *places)
    assert list(blocked) == ["workflow/bad"]
    assert "version is None" in blocked["workflow/bad"].message
    (version,) = registry.list("workflow")
    assert (str(version), text_of(registry, version)) == ("main/toys@1.0.0", FLOW.decode())
    again = publish_document(registry, "workflow", folder / "toys.yaml")
    assert again.tag_sha == version.tag_sha


@pytest.mark.parametrize(
    ("kind", "file", "data", "told"),
    [
        ("workflow", "workflow.yaml", FLOW, ""),
        ("workflow", "rules.yaml", FLOW, "is to hold the file workflow.yaml alone"),
        ("workflow", "workflow.yaml", FLOW.replace(b"1.0.0", b"1.1.0"), "says toys 1.1.0"),
        ("workflow", "workflow.yaml", FLOW.replace(b"toys", b"boys"), "says boys 1.0.0"),
        ("workflow", "workflow.yaml", FLOW + b"steps: {}\n", "duplicate key"),
        ("rules", "rules.yaml", FLOW, "schema is 'workflow/1'"),
    ],
)
def test_what_arrives_is_looked_at(
    registry: Registry, kind: str, file: str, data: bytes, told: str
) -> None:
    version = publish_files(
        registry, kind, Spec.parse("main/toys"), version="1.0.0",
        files=[TreeFile(file, PLAIN, data)], author=Author(),
    )  # fmt: skip
    with registry.git.objects() as objects:
        if not told:
            assert check_arrival(objects, version.ref, version.tag_sha).version.name == "toys"
            return
        with pytest.raises(RegistryError, match=told):
            check_arrival(objects, version.ref, version.tag_sha)
