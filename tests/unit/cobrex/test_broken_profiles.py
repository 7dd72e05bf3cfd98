"""Snakemake profiles that are broken, hostile or of another site: refused before a batch begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobrex.batch.snakemake import executor, profile_folder
from cobrex.errors import UsageError


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"- jobs\n- 4\n", "is no list of options"),
        (b"5: 4\n", "is no list of options"),
        (b"executor: kubernetes\n", "executor 'kubernetes' is not installed"),
        (b"executor: [slurm]\n", "is not installed"),
        (b"executor: os.path\n", "is not installed"),
        (b"executor:\n", "executor None is not installed"),
        ("# caf\xe9\n".encode("latin-1"), "not UTF-8"),
        (b"jobs: 1\njobs: 2\n", "duplicate key"),
        (b'x: "' + b"y" * 5_000_000 + b'"\n', "larger than"),
        (b"x: !!python/object/apply:os.getcwd []\n", "is not supported"),
    ],
)
def test_it_is_refused_in_words(tmp_path: Path, said: bytes, why: str) -> None:
    (tmp_path / "config.yaml").write_bytes(said)
    with pytest.raises(UsageError, match=why) as caught:
        executor(profile_folder(str(tmp_path)))
    assert (caught.value.kind, bool(caught.value.hint)) == ("unknown-profile", True)
    assert str(tmp_path) in caught.value.message


def test_one_without_an_executor_is_for_this_machine(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("# nothing yet\n")
    assert executor(profile_folder(str(tmp_path))) == "local"
