"""The table [site] of cobrex.toml, and the words for what a process may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobrex import settings
from cobrex.batch.needs import read_needs
from cobrex.errors import UsageError

GOOD = """
user = "ada"
[site]
partition = "long"
account = "sphere"
constraint = "intel&ib"
scratch = "$TMPDIR"
max_memory = "64GiB"
max_walltime = "2-00:00:00"
max_jobs = 50
[site.recipes.ird_flat]
cores = 4
memory = "8GiB"
qos = "short"
[site.recipes."team/ird_flat"]
walltime = "00:00:30"
"""


def load(home: Path, text: str) -> settings.Settings:
    home.mkdir(exist_ok=True)
    (home / "cobrex.toml").write_text(text, encoding="utf-8")
    return settings.load()


def test_a_site(cobrex_home):
    found = load(cobrex_home, GOOD)
    site = found.site
    assert found.user == "ada"
    assert site.place == {"partition": "long", "account": "sphere", "constraint": "intel&ib"}
    assert (site.max_memory_mb, site.max_walltime_min, site.max_jobs) == (65536, 2880, 50)
    assert site.scratch == "$TMPDIR"
    assert site.of_recipe("main/ird_flat") == {"cores": 4, "memory_mb": 8192, "qos": "short"}
    assert site.of_recipe("team/ird_flat") == {"walltime_min": 1}
    assert load(cobrex_home, "").site == settings.Site()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("partitoin = 'long'", "site.partitoin: unknown; did you mean partition"),
        ("max_memory = 64", "site.max_memory: 64 is no size"),
        ("max_walltime = '2 days'", "it looks like 04:00:00"),
        ("max_jobs = 0", "site.max_jobs: 0 is no number of at least 1"),
        ("max_jobs = true", "site.max_jobs: True is no number"),
        ("scratch = '20GiB'", "no folder on a node"),
        ("qos = \"a' --wrap 'rm\"", "site.qos"),
        ("constraint = 'a b'", "no word of SLURM for a constraint"),
        ("recipes = 3", "site.recipes: 3 is no table"),
        ("recipes = {ird_flat = 3}", "site.recipes.ird_flat: 3 is no table"),
        ("recipes = {ird_flat = {memry = '1GiB'}}", "did you mean memory"),
    ],
)
def test_one_error_that_names_file_and_key(cobrex_home, said, words):
    with pytest.raises(UsageError) as refused:
        load(cobrex_home, f"[site]\n{said}\n")
    assert refused.value.kind == "settings"
    assert str(cobrex_home / "cobrex.toml") in refused.value.message
    assert words in refused.value.message


def test_needs_of_a_request():
    said = {"memory": "16GiB", "ird_flat.cores": "4", "team/ird_flat.walltime": "1-00:00:00"}
    assert read_needs(said) == {
        "": {"memory_mb": 16384},
        "ird_flat": {"cores": 4},
        "team/ird_flat": {"walltime_min": 1440},
    }
    for bad in ({"memory": "much"}, {"ird_flat.speed": "9"}, {"partition": "a;b"}, {"": "3"}):
        with pytest.raises(UsageError, match="--need") as refused:
            read_needs(bad)
        assert refused.value.kind == "need"
