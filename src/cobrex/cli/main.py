"""The door: runs the app, turns errors into words and exit codes."""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cobrex import settings
from cobrex.errors import CobrexError
from cobrex.interrupt import INTERRUPTED, heed

_QUOTES = "a name with blanks wants quotes: --star 'HD 39060'"
_VERSION = "a version follows its name with @: ifs_specpos@1.2.0"
_EXTRA = re.compile(r"unexpected extra argument\S* \((.*)\)")
_DISK = "make room there, or point COBREX_STORE (or COBREX_HOME) at another disk"
_RIGHTS = "see that you may write there, or point COBREX_STORE (or COBREX_HOME) elsewhere"
_CURES = {
    errno.ENOSPC: _DISK,
    errno.EDQUOT: _DISK,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.EIO: "the disk failed: see what the system's log says of it (dmesg)",
}


def main() -> None:
    """Run ``cobrex``."""
    from .app import app
    from .branch import branch

    heed()
    completing = "_COBREX_COMPLETE" in os.environ  # the shell's words are not in argv then
    sys.exit(run(app if completing else branch(app, sys.argv[1:])))


def reduce_main() -> None:
    """Run ``reduce``: the same as ``cobrex reduce``."""
    sys.argv.insert(1, "reduce")
    main()


def recipe_main() -> None:
    """Run ``recipe``: the same as ``cobrex recipe``."""
    sys.argv.insert(1, "recipe")
    main()


def run(app: Callable[..., Any]) -> int:
    """Call the app and return the exit code of the settled list."""
    try:
        return _run(app)
    finally:
        _warn()


def _run(app: Callable[..., Any]) -> int:
    try:
        result = app(standalone_mode=False, prog_name="cobrex")
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as left:
        # typer turns a broken pipe into exit code 1
        if isinstance(left.__context__, BrokenPipeError):
            return _reader_left()
        raise
    except Exception as error:
        return _explain(error)
    # typer swallows ^C and returns its code
    return _interrupted() if result == INTERRUPTED else result if isinstance(result, int) else 0


def _warn() -> None:
    """Say what the registry had to say of recipes that were used: yanked, deprecated."""
    if (registry := sys.modules.get("cobrex.registry")) is not None:
        from .output import note

        note(*(f"warning: {message}" for message in registry.warnings()))


def _interrupted() -> int:
    _say("interrupted", "the same command goes on where this one stopped")
    return INTERRUPTED


def _reader_left() -> int:
    """`cobrex find | head`: what is left to say goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _explain(error: Exception) -> int:
    if isinstance(error, CobrexError):
        _say(error.message, error.hint)
        return error.exit_code
    module = type(error).__module__.partition(".")[0]
    if module in {"cobrex_registry", "cobrex_db"}:
        _say(getattr(error, "message", str(error)), getattr(error, "hint", ""))
        return 3 if module == "cobrex_registry" else 4
    if module in {"typer", "click"}:
        return _usage(error)
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        _say("a word of the command is not UTF-8", "give names in UTF-8")
        return 2
    if isinstance(error, OSError) and error.errno in _CURES:
        _say(f"{error.filename or 'the store'}: {error.strerror}", _CURES[error.errno])
        return 4
    return _bug(error)


def _usage(error: Exception) -> int:
    if type(error).__name__ == "Exit":
        return int(getattr(error, "exit_code", 0))
    if type(error).__name__ == "Abort":
        _say("interrupted", "")
        return INTERRUPTED
    context = getattr(error, "ctx", None)
    command = f"{context.command_path} --help" if context is not None else "cobrex --help"
    words = getattr(error, "format_message", lambda: str(error))()
    if type(error).__name__ != "NoArgsIsHelpError":  # that one has shown the help
        _say(words.rstrip("."), _usage_cure(words, context) or command)
    return 2


def _usage_cure(words: str, context: Any) -> str:
    """Return what was most likely meant; empty when only the help can tell."""
    extra = _EXTRA.search(words)
    path = context.command_path if context is not None else ""
    if extra and not path.startswith(("cobrex recipe", "cobrex preset")):
        return _QUOTES
    if extra and extra[1][:1].isdigit():
        return _VERSION
    if context is not None and (extra or words.startswith("Missing argument")):
        shown = context.get_usage().partition(": ")[2].replace("[OPTIONS]", "")
        shown = re.sub(r"\{([^{}|]+)\}", lambda found: found[1].upper(), shown)
        return f"{' '.join(shown.split())} (--help tells more)"
    return ""


def _bug(error: Exception) -> int:
    logs = settings.home() / "logs"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    path = logs / f"bug-{stamp}.log"
    text = "".join(traceback.format_exception(error))
    try:
        logs.mkdir(parents=True, exist_ok=True)
        said = f"{' '.join(sys.argv)}\n{_versions()}\n{text}"
        path.write_text(said, encoding="utf-8", errors="backslashreplace")
    except OSError:
        sys.stderr.write(text)
    first = str(error).partition("\n")[0][:200]
    _say(
        f"this is a bug in cobrex: {type(error).__name__}: {first}", f"please report it with {path}"
    )
    return 1


def _versions() -> str:
    from importlib.metadata import version

    names = ("cobrex", "snakemake", "astropy", "numpy", "sqlalchemy", "pymysql", "typer")
    return f"python {sys.version}\n" + "\n".join(f"{name} {version(name)}" for name in names)


def _say(message: str, hint: str) -> None:
    from .output import note

    note(f"error: {message}", *([f"hint: {hint}"] if hint else []))
