"""Calling a recipe, wherever: stage, run, sweep, collect, measure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cobrex.plan.model import RecipeUse
from cobrex_registry.environments.container import PRIVATE, Surroundings
from cobrex_registry.environments.environment import Environment, release, wrap
from cobrex_registry.errors import RegistryError
from cobrex_registry.recipe.calling import fill, input_words, places
from cobrex_registry.recipe.parameters import spell

from . import quality
from .execute import LOG, Execution, execute, tail
from .failure import AttemptError
from .last_words import last_words
from .node_disk import ran_out, room
from .products import Product, collect
from .record import Record, note_execution
from .scratch import SOF, sof_of_record, stage, sweep
from .want_of_memory import kills, wanted_memory


def produce(
    recipe: RecipeUse, scratch: Path, inputs: Sequence[tuple[str, str]], record: Record
) -> list[Product]:
    """Call a recipe in a scratch folder and find what it promised; every way to it leads here.

    Parameters
    ----------
    recipe : RecipeUse
    scratch : pathlib.Path
        Empty and private.
    inputs : sequence of (path, frame type)
        In the order the recipe asks for.
    record : dict
        What happens is noted in it: command, exit code, what was used, QC.

    Returns
    -------
    list of Product
        As the recipe left them, without a stamp.

    Raises
    ------
    AttemptError
        When it does not start, ends badly or late, or breaks its promises.
    """
    stage(scratch, inputs)
    try:
        _call(recipe, scratch, inputs, record)
    finally:
        sweep(scratch)
        sof_of_record(scratch, inputs)
    products = collect(scratch, recipe.manifest["outputs"])
    record["qc"] = quality.judge(quality.measure(scratch, products), recipe.manifest["qc"])
    return products


def command_line(recipe: RecipeUse, sof: Path) -> list[str]:
    """Return the recipe's command as argument words; no shell ever sees them.

    Parameters
    ----------
    recipe : RecipeUse
    sof : pathlib.Path

    Returns
    -------
    list of str
        ``{sof}`` is the SOF's path, ``{options}`` one word a parameter, ``{name}`` that
        parameter's value; a word that names a file of the recipe becomes its path in the cache.
    """
    words: list[str] = []
    inputs = recipe.manifest.get("input_options", [])
    for word in _template(recipe.manifest["command"], recipe.folder):
        if word == "{options}":
            words += input_words(inputs, _lines(sof)) if inputs else []
            words += recipe.options
        elif word == "{sof}":
            words.append(str(sof))
        elif places(word):
            words.append(fill(word, recipe.parameters, spell))
        else:
            words.append(word)
    return words


@cache
def _template(command: str, folder: str) -> tuple[str, ...]:
    """Return the words of a command; files of the recipe, which never change, as their paths."""
    place = Path(folder)
    return tuple(
        str(place / word)
        if not places(word) and word[:1] != "-" and ".." not in word and (place / word).is_file()
        else word
        for word in shlex.split(command)
    )


def _lines(sof: Path) -> list[tuple[str, str]]:
    lines = sof.read_text(encoding="utf-8").splitlines()
    return [(path, kind) for path, _, kind in (line.rpartition(" ") for line in lines)]


# numerical libraries otherwise start a thread for every core of the machine, whatever was asked for
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Call:
    """A recipe's command, ready to be started in its scratch folder.

    Attributes
    ----------
    argv : list of str
        Wrapped for the recipe's environment; no shell.
    variables : dict of str to str
        The whole environment of the command.
    environment : Environment
    around : Surroundings
        What it may see of the machine.
    """

    argv: list[str]
    variables: dict[str, str]
    environment: Environment
    around: Surroundings


def prepare_call(recipe: RecipeUse, scratch: Path, inputs: Sequence[tuple[str, str]]) -> Call:
    """Return the call of a recipe whose inputs are staged.

    Parameters
    ----------
    recipe : RecipeUse
    scratch : pathlib.Path
        Gets a folder for the recipe's temporary files.
    inputs : sequence of (path, frame type)

    Returns
    -------
    Call

    Raises
    ------
    RegistryError
        No program for containers on this node.
    """
    environment = Environment.of(recipe.environment)
    limit = recipe.manifest["resources"]["walltime_min"] * 60.0
    readable = (Path(recipe.folder), *(Path(path) for path, _ in inputs))
    around = Surroundings(scratch, readable, limit)
    argv, variables = wrap(environment, command_line(recipe, scratch / SOF), around)
    cores = str(recipe.manifest["resources"]["cores"])
    threads = dict.fromkeys(_THREADS, cores)
    return Call(argv, _private({**variables, **threads}, scratch), environment, around)


def _call(
    recipe: RecipeUse, scratch: Path, inputs: Sequence[tuple[str, str]], record: Record
) -> None:
    try:
        call = prepare_call(recipe, scratch, inputs)
    except RegistryError as error:
        raise AttemptError("not-started", error.message) from error
    argv, variables, limit = call.argv, call.variables, call.around.walltime_s
    record["command"] = argv
    before = kills()
    try:
        execution = execute(argv, folder=scratch, environment=variables, walltime_s=limit)
    except OSError as error:
        raise AttemptError("not-started", f"{argv[0]}: {error.strerror or error}") from error
    finally:
        release(call.environment, call.around)
    note_execution(record, execution)
    if execution.timed_out:
        raise AttemptError("walltime", f"ended after its {limit / 60:g} minutes")
    if execution.exit_code != 0:
        memory_mb = recipe.manifest["resources"]["memory_mb"]
        raise _failure(execution, argv, scratch, memory_mb, killed=kills() > before)


def _failure(
    execution: Execution, argv: Sequence[str], scratch: Path, memory_mb: int, *, killed: bool
) -> AttemptError:
    lines = tail(scratch / LOG, lines=500)
    said = last_words(argv, execution.exit_code, lines)
    if wanted_memory(execution, memory_mb, killed, lines):
        used = execution.memory_bytes >> 20
        return AttemptError("out-of-memory", f"used {used} MiB of {memory_mb} MiB; {said}")
    if ran_out(lines, scratch):
        return AttemptError("disk-full", f"{room(scratch)}; {said}")
    return AttemptError("recipe-error", said)


def _private(variables: dict[str, str], scratch: Path) -> dict[str, str]:
    """Temporary and cache folders of the recipe are in its scratch."""
    folder = scratch / "tmp"
    folder.mkdir()
    return {**variables, **dict.fromkeys(PRIVATE, str(folder))}
