"""Git over the network: what a peer shows, what comes in, what is sent; never by force."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from cobrex_registry.errors import RegistryError
from cobrex_registry.store.git import Git, GitError

PREFIXES = ("refs/tags/", "refs/channels/", "refs/status/", "refs/notes/attest/")
CHUNK, MOST = 250, 2000
NETWORK_TIMEOUT_S = 6 * 3600.0

_SAFE = r"[^\x00-\x20\x7f\"'`$\\|;&<>*?!^{}#]"
_PATH = rf"/(?!-)(?:{_SAFE}| )*"
_HOST = r"(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*@)?(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])"
_URL = re.compile(
    rf"{_PATH}|file://{_PATH}|(?:ssh|https|http|git)://{_HOST}(?::[0-9]{{1,5}})?/{_SAFE}*"
    rf"|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?![-:]){_SAFE}+"
)
_REF = re.compile(r"refs/[A-Za-z0-9_][A-Za-z0-9_./-]{0,400}")
_LISTED = re.compile(r"([0-9a-f]{40})\t(\S+)")
_SENT = re.compile(r"([ +\-*!=])\t[^:\t]*:(refs/[^\t]+)\t(.*)")
_REFUSED = re.compile(r"remote: refused (refs/\S+): (.*?)\s*")
_PASSED_ON = (
    "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE",
    "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
)  # fmt: skip
_LOST = ("early EOF", "disconnect", "hung up", "Connection", "timed out", "premature end")
_SPLITS = ("fsck", "index-pack", "unpack-objects", "bad object", "missing")


def check_url(url: str) -> str:
    """Check where a peer lies.

    Parameters
    ----------
    url : str
        An absolute path, ``file:// ssh:// https:// http:// git://``, or ``user@host:path``.

    Returns
    -------
    str
        The same.

    Raises
    ------
    RegistryError
        Of kind ``server``: what git would take for an option, a helper program or a command, a
        password in the text.
    """
    if re.match(r"[a-z]+://[^/@]*:[^/@]*@", url):
        raise RegistryError(
            "a password does not belong into the URL of a server",
            kind="server",
            hint="keep it in ~/.netrc, or reach the server by ssh",
        )
    # :: starts a helper program of git's, as in ext::sh
    if len(url) > 1000 or not _URL.fullmatch(url) or "::" in re.sub(r"\[[^\]]*\]", "", url):
        raise RegistryError(
            f"{url[:80]!r} is no URL of a server",
            kind="server",
            hint="write an absolute path, ssh://host/path, https://host/path, git://host/path, "
            "file:///path or user@host:path",
        )
    return url


class Remote:
    """Another server's repository, or a bundle.

    Parameters
    ----------
    git : Git
        Our repository.
    name : str
        What messages call it.
    url : str
        Checked by `check_url`, or the absolute path of a bundle.
    """

    def __init__(self, git: Git, name: str, url: str) -> None:
        self._git = Git(git.path, surroundings(), timeout_s=NETWORK_TIMEOUT_S)
        self.name = name
        self.url = url

    def shown(self) -> dict[str, str]:
        """Return the refs it shows: tags, channels, status, attestations; by name, with ids.

        Raises
        ------
        RegistryError
            Of kind ``unreachable``.
        """
        try:
            patterns = [f"{prefix}*" for prefix in PREFIXES]
            text = self._git.run("ls-remote", "--refs", "--", self.url, *patterns)
        except GitError as error:
            raise self._unreachable(error) from error
        found = (_LISTED.fullmatch(line) for line in text.splitlines())
        return {
            one[2]: one[1]
            for one in found
            if one and _REF.fullmatch(one[2]) and one[2].startswith(PREFIXES)
        }

    def fetch(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Bring in what some refs point to; no ref is written.

        Parameters
        ----------
        wanted : mapping of str to str
            Refs and ids as `shown` gave them. Versions are asked for by id: git looks up a name
            among all that the other side shows, which for thousands takes minutes.

        Returns
        -------
        dict of str to str
            Refs whose objects git would not take in, with its reason.

        Raises
        ------
        RegistryError
            Of kind ``unreachable``: the connection was lost; what came in before is kept.
        """
        if not wanted:
            return {}
        try:
            self._git.run(
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
                "--no-recurse-submodules", "--stdin", "--", self.url,
                data="".join(
                    f"{sha if ref.startswith('refs/tags/') else ref}\n"
                    for ref, sha in wanted.items()
                ).encode(),
            )  # fmt: skip
        except GitError as error:
            lost = any(word in error.stderr for word in _LOST)
            if lost or not any(word in error.stderr for word in _SPLITS):
                raise self._unreachable(error) from error
            if len(wanted) == 1:
                return dict.fromkeys(wanted, _reason(error.stderr))
            middle, every = len(wanted) // 2, list(wanted.items())
            # one bad object must not keep the good ones out
            return {**self.fetch(dict(every[:middle])), **self.fetch(dict(every[middle:]))}
        return {}

    def send(self, refs: Mapping[str, str], leases: Mapping[str, str]) -> dict[str, str]:
        """Send refs the other side lacks, or moves from where it is said to be.

        Parameters
        ----------
        refs : mapping of str to str
            Full ref name to object id.
        leases : mapping of str to str
            For refs that move without being descendants (channels): where they must stand now.

        Returns
        -------
        dict of str to str
            Refs that were refused, with the other side's reason.

        Raises
        ------
        RegistryError
            Of kind ``unreachable``.
        """
        refused: dict[str, str] = {}
        waiting = dict(refs)
        while waiting:
            part = dict(list(waiting.items())[:CHUNK])
            named = self._send(part, {ref: leases[ref] for ref in part if ref in leases})
            refused |= named.reasons
            if named.whole and named.reasons:  # a hook refused all for the sake of some
                waiting = {ref: sha for ref, sha in waiting.items() if ref not in named.reasons}
            else:
                waiting = {ref: sha for ref, sha in waiting.items() if ref not in part}
        return refused

    def _send(self, refs: Mapping[str, str], leases: Mapping[str, str]) -> _Answer:
        held = [f"--force-with-lease={ref}:{sha}" for ref, sha in leases.items()]
        specs = [f"{sha}:{ref}" for ref, sha in refs.items()]
        try:
            self._git.run(
                "push", "--porcelain", "--no-verify", "--no-follow-tags",
                "--recurse-submodules=no", *held, "--", self.url, *specs,
            )  # fmt: skip
        except GitError as error:
            answer = _Answer(refs, error.stdout, error.stderr)
            if not answer.reasons:
                raise self._unreachable(error) from error
            return answer
        return _Answer(refs, "", "")

    def _unreachable(self, error: GitError) -> RegistryError:
        hint = "see the address with cobrex server list, and try again: nothing is lost"
        if "dubious ownership" in error.stderr:
            hint = "it belongs to another account: reach it by ssh:// instead of its path"
        elif "could not read" in error.stderr or "Authentication failed for" in error.stderr:
            hint = "it wants name and password: machine HOST login NAME password WORD in ~/.netrc"
        elif "Permission denied" in error.stderr or "Authentication" in error.stderr:
            hint = "ssh must let you in without a question: ssh-add, or ask its operator for access"
        elif "Host key verification" in error.stderr:
            hint = "connect once by hand with ssh, and check the key of the host"
        return RegistryError(
            f"server {self.name} ({self.url}): {_reason(error.stderr) or error.message}",
            hint=hint,
            kind="unreachable",
        )


class _Answer:
    """What the other side said to a push."""

    def __init__(self, refs: Mapping[str, str], stdout: str, stderr: str) -> None:
        lines = [_SENT.fullmatch(line) for line in stdout.splitlines()]
        told = {one[2]: one[3] for one in lines if one and one[1] == "!" and one[2] in refs}
        hook = [_REFUSED.fullmatch(line) for line in stderr.splitlines()]
        named = {one[1]: one[2] for one in hook if one and one[1] in refs}
        self.whole = bool(named)
        self.reasons = named or {
            ref: _said(stderr) or text.strip("[] ") for ref, text in told.items()
        }


def surroundings() -> dict[str, str]:
    """Return the variables git needs on the network: agents, proxies, certificates; no settings."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed,
        "GIT_ALLOW_PROTOCOL": "file:ssh:https:http:git",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15",
        "GIT_SSH_VARIANT": "ssh",
        "GIT_HTTP_LOW_SPEED_LIMIT": "1",
        "GIT_HTTP_LOW_SPEED_TIME": "60",
    }


def _said(stderr: str) -> str:
    """Return what the other side's programs printed."""
    lines = [line[8:].strip() for line in stderr.splitlines() if line.startswith("remote: ")]
    return "; ".join(line for line in lines if line)[:500]


def _reason(stderr: str) -> str:
    """Return the line of git's that says most."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:", "ssh:", "remote: "))]
    best = next((line for line in told if "Could not read from remote" not in line), "")
    text = best or (lines[0] if lines else "")
    return re.sub(r"^(?:(?:fatal|error|remote): )+", "", text)[:300]
