"""Fixtures for every test: a home of their own, real databases, real observations."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fresh_catalogue import copy_mariadb, copy_sqlite
from mariadb_server import MariaDB, missing
from process_scopes import FilesAndSlurm, on_slurm
from slurm_cluster import SlurmCluster
from slurm_cluster import missing as slurm_missing

from cobrex_registry.environments import built_once, environment, python_environment
from cobrex_registry.recipe.manifest import parse

ROOT = Path(__file__).resolve().parents[1]
_OURS = "COBREX_TEST_DATA"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what SLURM runs first, then files with slow tests: at the end nobody waits for one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not on_slurm(item.nodeid), item.path not in slow))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are processors: what SLURM runs is waited for, mostly."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file's tests, and all of SLURM's, with one process: one cluster a run."""
    if config.getvalue("dist") != "loadfile":
        return None
    return FilesAndSlurm(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_real_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make the real home and the caller's settings unusable."""
    home = tmp_path_factory.mktemp("home")
    # what uv has downloaded before is no setting of a person
    cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")
    # astropy warns of folders that are named and not there
    (home / ".cache").mkdir()
    (home / ".config").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_CACHE_DIR", cache)
        patch.setenv("HOME", str(home))
        patch.setenv("COBREX_HOME", str(home / ".cobrex"))
        patch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
        patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
        # hundreds of commands are started: each would compile the sources again
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        for name in list(os.environ):
            if name.startswith("COBREX_") and name != _OURS:
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Let ^C reach what tests start, also when a shell runs them in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def cobrex_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh COBREX_HOME for one test."""
    home = tmp_path / "cobrex-home"
    monkeypatch.setenv("COBREX_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real observations."""
    folder = Path(os.environ.get("COBREX_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real observations at {folder} (COBREX_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    """A MariaDB server, started once in each process that runs tests."""
    if program := missing():
        pytest.skip(f"{program} is not installed: apt-get install mariadb-server-core")
    server = MariaDB()
    try:
        server.install()
        yield server
    finally:
        server.remove()


@pytest.fixture
def mariadb_url(mariadb_server: MariaDB) -> Iterator[str]:
    """URL of an empty MariaDB database."""
    name = mariadb_server.new_database()
    yield mariadb_server.url(name)
    mariadb_server.drop_database(name)


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmCluster]:
    """A SLURM cluster of two nodes, started once in each process that runs tests."""
    if program := slurm_missing():
        pytest.skip(f"{program} is not installed: apt-get install slurmctld slurmd slurm-client")
    cluster = SlurmCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.service)])
def catalogue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a catalogue that does not exist yet, on each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue.sqlite'}"
    url: str = request.getfixturevalue("mariadb_url")
    return url


@pytest.fixture
def fresh_catalogue_url(catalogue_url: str) -> str:
    """URL of a catalogue as it is when it was made, on each database in turn."""
    if catalogue_url.startswith("sqlite:///"):
        copy_sqlite(Path(catalogue_url.removeprefix("sqlite:///")))
    else:
        copy_mariadb(catalogue_url)
    return catalogue_url


@pytest.fixture(scope="session")
def recipe_environments(pytestconfig: pytest.Config) -> Path:
    """Where environments of recipes are built; they stay for later runs with the same builder."""
    modules = (built_once, python_environment)
    code = b"".join(Path(str(one.__file__)).read_bytes() for one in modules)
    builder = hashlib.sha256(code).hexdigest()[:12]
    return Path(pytestconfig.cache.mkdir(f"environments-{builder}"))


@pytest.fixture(scope="session")
def recipe_environment(recipe_environments: Path) -> Callable[[str], environment.Environment]:
    """A function that gives a shipped recipe's own environment."""

    def own(recipe: str) -> environment.Environment:
        folder = ROOT / "recipes" / recipe
        manifest = parse((folder / "recipe.yaml").read_text(encoding="utf-8"), recipe)
        return environment.prepare(manifest, folder, recipe_environments)

    return own
