"""A proposal in an editor: a short YAML, read back strictly."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cobrex.errors import UsageError

if TYPE_CHECKING:
    from cobrex.batch.edits import Edits
    from cobrex.batch.proposal import Proposal, Role

RULES = "rules"
_HEAD = """\
# What each input is to be: the word rules, or a list of frames such as [12, 15]; [] for none.
"""


def edit(proposal: Proposal, edits: Edits) -> tuple[Edits, dict[str, str]]:
    """Let a person change a proposal in their editor.

    Parameters
    ----------
    proposal : Proposal
    edits : Edits
        What they asked for already.

    Returns
    -------
    Edits
    dict of str to str
        Parameters they changed, as words.

    Raises
    ------
    UsageError
        Kind ``editor``: it cannot be started, or it failed; kind ``edit``: what is written is not
        of the known form.
    """
    with tempfile.TemporaryDirectory(prefix="cobrex-") as folder:
        path = Path(folder) / "process.yaml"
        path.write_text(document(proposal, edits), encoding="utf-8")
        _open(path)
        return read(path, proposal, edits)


def document(proposal: Proposal, edits: Edits) -> str:
    """Return a proposal as the YAML that is edited."""
    from cobrex_registry.recipe.parameters import spell

    lines = [_HEAD, "inputs:"]
    for role in proposal.roles:
        if not role.main:
            lines += [*_comments(role), f"  {role.role}: {_now(role.role, edits)}"]
    lines.append("parameters:")
    lines += [f"  {key}: {_quoted(spell(value))}" for key, value in proposal.parameters.items()]
    # an empty mapping would be read as nothing
    return "\n".join(line for line in lines if line) + "\n"


def _comments(role: Role) -> list[str]:
    used = ", ".join(_called(c.frame_id, c.name) for c in role.chosen) or "nothing"
    others = ", ".join(_called(c.frame_id, c.name) for c in role.others)
    return [f"  # now {used}", *([f"  # or {others}"] if others else [])]


def _called(number: int | None, name: str) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return f"{plain}" if number is None else f"{number} ({plain})"


def _now(role: str, edits: Edits) -> str:
    if role in edits.without:
        return "[]"
    given = edits.inputs.get(role)
    return RULES if given is None else f"[{', '.join(_quoted(one) for one in given)}]"


def _quoted(text: str) -> str:
    """JSON's strings are YAML's."""
    import json

    return json.dumps(text)


def _open(path: Path) -> None:
    words = shlex.split(os.environ.get("EDITOR") or "vi")
    try:
        code = subprocess.run([*words, str(path)], check=False).returncode
    except OSError as error:
        raise UsageError(
            f"the editor {words[0]} cannot be started: {error.strerror or error}",
            hint="set EDITOR to one that is there",
            kind="editor",
        ) from error
    if code:
        raise UsageError(
            f"the editor {words[0]} ended with {code}: nothing is changed",
            hint="the same command again",
            kind="editor",
        )


def read(path: Path, proposal: Proposal, edits: Edits) -> tuple[Edits, dict[str, str]]:
    """Read what a person wrote; as `edit`."""
    from cobrex.batch.edits import Edits
    from cobrex_registry.errors import RegistryError
    from cobrex_registry.reading import strict_yaml
    from cobrex_registry.recipe.parameters import spell

    try:
        found = strict_yaml.load(path.read_text(encoding="utf-8"), "what you wrote")
    except (OSError, UnicodeDecodeError, RegistryError) as error:
        raise _wrong(str(getattr(error, "message", error))) from error
    if not isinstance(found, dict) or set(found) - {"inputs", "parameters"}:
        raise _wrong("it is to hold inputs and parameters, and nothing else")
    inputs, values = (_mapping(found, name) for name in ("inputs", "parameters"))
    chosen = {role: _frames(role, word) for role, word in inputs.items() if word != RULES}
    known = {key: spell(value) for key, value in proposal.parameters.items()}
    changed = {str(k): spell(v) for k, v in values.items() if spell(v) != known.get(str(k))}
    return (
        Edits(
            {role: frames for role, frames in chosen.items() if frames},
            [role for role, frames in chosen.items() if not frames],
            edits.why,
        ),
        changed,
    )


def _mapping(found: dict[str, Any], name: str) -> dict[str, Any]:
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(f"{name} is to be a mapping")
    return {str(key): one for key, one in value.items()}


def _frames(role: str, word: Any) -> list[str]:
    if not isinstance(word, list) or not all(
        isinstance(one, str) or (isinstance(one, int) and not isinstance(one, bool)) for one in word
    ):
        raise _wrong(f"{role} is to be the word {RULES}, or a list of frames")
    return [str(one) for one in word]


def _wrong(what: str) -> UsageError:
    return UsageError(
        f"what you wrote cannot be used: {what}", hint="the same command again", kind="edit"
    )
