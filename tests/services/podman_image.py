"""A container image made here, in a storage of its own, for podman."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

_STORAGE = """\
[storage]
driver = "vfs"
graphroot = "{folder}/graph"
runroot = "{folder}/runtime"
"""
_CONTAINERS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
{runtime}
"""
_APPLETS = ("sh", "cat", "echo", "env", "ls", "touch", "wget", "sleep", "cp", "head", "id")


def podman_image(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return ``name@sha256:...`` of a small image; podman finds it while the patch holds."""
    for tool, package in (("podman", "podman"), ("busybox", "busybox-static")):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (Debian package {package})")
    folder.mkdir(parents=True, exist_ok=True)
    runtime = 'runtime = "runc"' if shutil.which("runc") else ""
    for name, variable, text in (
        ("storage.conf", "CONTAINERS_STORAGE_CONF", _STORAGE.format(folder=folder)),
        ("containers.conf", "CONTAINERS_CONF", _CONTAINERS.format(runtime=runtime)),
    ):
        (folder / name).write_text(text)
        monkeypatch.setenv(variable, str(folder / name))
    monkeypatch.setenv("COBREX_CONTAINER_ENGINE", "podman")
    archive = folder / "image.tar"
    with tarfile.open(archive, "w") as stream:
        stream.add(str(shutil.which("busybox")), "bin/busybox")
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            stream.addfile(link)
    _podman("import", "--quiet", str(archive), "localhost/toy:1")
    content = _podman("image", "inspect", "--format", "{{.Digest}}", "localhost/toy:1")
    image = f"localhost/toy:1@{content}"
    try:
        _podman("run", "--rm", "--network", "none", f"localhost/toy@{content}", "/bin/echo", "runs")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"podman cannot run containers here: {error.stderr.strip()[-300:]}")
    return image


def _podman(*words: str) -> str:
    done = subprocess.run(["podman", *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()
