"""A server that demands attestations demands them of promotions that are pushed to it."""

from __future__ import annotations

from pathlib import Path

from push_bench import ADA, Bench
from recipe_folder import numbered

from cobrex_registry.evidence.attest import attest
from cobrex_registry.publication import publish
from cobrex_registry.servers.serve import serve_init
from cobrex_registry.standing import channels
from cobrex_registry.store.refs import read


def test_a_pushed_promotion_wants_an_attestation_where_the_channel_does(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    serve_init(bench.server.path, server="home", attested_channels="accepted, production")
    serve_init(bench.server.path, server="home")  # said once, it stays
    made = publish(bench.mine, numbered(tmp_path / "toy", "1.0.0"))

    def promoted(channel: str) -> str:
        moved = channels.promote(bench.mine.git, made, channel, who="ada", author=ADA).tag_sha
        return f"{moved}:refs/channels/{channel}/recipe/main/toy"

    production = promoted("production")
    version = f"{made.tag_sha}:{made.ref}"
    said = bench.push(version, production)  # new and promoted in one push
    assert "toy@1.0.0 has no attestation" in said
    assert bench.push(version, promoted("test")) == ""
    before = bench.refs()
    assert "toy@1.0.0 has no attestation" in bench.push(production)
    assert bench.refs() == before
    for passed in (False, True):
        attest(
            bench.mine, made, "chile", passed=passed, code_hash="c" * 43,
            environment={"kind": "host", "digest": "e" * 43}, tests=[{"name": "a"}],
            agent={"by": "ada", "platform": "linux", "cobrex": "0.1.0"}, author=ADA,
        )  # fmt: skip
        notes = "refs/notes/attest/chile"
        assert bench.push(f"{read(bench.mine.git, notes)[notes]}:{notes}") == ""
        said = bench.push(production)
        assert said == "" if passed else "toy@1.0.0 has no attestation" in said
    assert "refs/channels/production/recipe/main/toy" in bench.refs()
