"""Problems found in a manifest or preset, collected so that all are told at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from cobrex_registry.errors import RegistryError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend.

    Attributes
    ----------
    file : str
        Path inside the folder, ``recipe.yaml`` as a rule.
    line : int
        Line in the file, from 1; 0 when the file as a whole is meant.
    message : str
        What is wrong.
    hint : str
        What mends it.
    """

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.message}"
            if self.line
            else (f"{self.file}: {self.message}")
        )


@dataclass(slots=True)
class Findings:
    """Collects problems of one file.

    Attributes
    ----------
    file : str
        Name the problems are told under.
    problems : list of Problem
        What was found so far.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(self.file, line, message, hint))

    def refuse(self, kind: str) -> None:
        """Raise when anything was found.

        Parameters
        ----------
        kind : str
            Kind of the error raised.

        Raises
        ------
        RegistryError
            The first problems, a line each.
        """
        if self.problems:
            raise refusal(self.problems, kind)


def refusal(problems: list[Problem], kind: str, shown: int = 5) -> RegistryError:
    """Return the error that tells the first problems and how many more there are.

    Parameters
    ----------
    problems : list of Problem
        At least one.
    kind : str
        Kind of the error.
    shown : int
        How many are told in full.

    Returns
    -------
    RegistryError
    """
    ordered = sorted(problems)
    told = "\n  ".join(str(problem) for problem in ordered[:shown])
    more = f"\n  and {len(ordered) - shown} more" if len(ordered) > shown else ""
    return RegistryError(told + more, kind=kind, hint=ordered[0].hint)
