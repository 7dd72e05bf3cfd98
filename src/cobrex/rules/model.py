"""What association rules say, parsed: levels, matches, sources, inputs, associations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Level:
    """A quality level: how far in time a candidate of this quality may lie.

    Attributes
    ----------
    level : int
        0 is best.
    window_days : (float, float) or None
        Candidate's time minus the main frames', days; None for any time.
    relax : tuple of str
        Columns that need not match at this level.
    warn : bool
        Whether a choice of this level is to be told.
    """

    level: int = 0
    window_days: tuple[float, float] | None = None
    relax: tuple[str, ...] = ()
    warn: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A condition that compares a candidate's column with the main frame.

    Attributes
    ----------
    column : str
        The candidate's.
    how : str
        ``equal``, ``each`` (equals any of the main frames'), ``differs``, ``tolerance``, ``in``,
        ``glob``.
    main : str
        The main frame's column it is compared with.
    values : tuple
        Of ``in`` and ``glob``; for ``equal`` values that are as good as an equal one.
    tolerance : float
        Of ``tolerance``: largest difference.
    null : bool
        Whether an empty value on either side matches.
    """

    column: str
    how: str
    main: str
    values: tuple[Any, ...] = ()
    tolerance: float = 0.0
    null: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where the frames of a role may come from: one alternative.

    Attributes
    ----------
    label : str
        Its name in explanations.
    frame_types : tuple of str
        Catalogued frames of these types are candidates.
    origin, output : str
        Association and output role whose products are candidates, made or still to be made;
        empty for none.
    where : callable or None
        Condition on the candidate alone; ``where_text`` is how it was written.
    match : tuple of Match
    of : str
        Role whose first frame stands for the main frame in matches and windows; empty: the main
        frame itself.
    lineage : str
        ``same_process``, ``derived_from`` (the main frame), or empty.
    levels : tuple of Level
        Best first; never empty.
    level_offset : int
        Added to the level that is recorded.
    take : str
        ``nearest``, ``nearest_group``, ``bracket``, ``all``, ``latest``.
    per : str
        Column: one frame for each of its values; empty for none.
    group_by : tuple of str
        What a group of ``nearest_group`` shares.
    """

    label: str
    frame_types: tuple[str, ...] = ()
    origin: str = ""
    output: str = ""
    where: Test | None = None
    where_text: str = ""
    match: tuple[Match, ...] = ()
    of: str = ""
    lineage: str = ""
    levels: tuple[Level, ...] = (Level(),)
    level_offset: int = 0
    take: str = "nearest"
    per: str = ""
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """How many frames; None where the recipe's manifest decides.

    Attributes
    ----------
    min, max : int or None
        Of all cases the fewest and the most.
    by : str
        Column of the main frame that decides; empty for none.
    cases : mapping of str to Count
        By that column's value.
    """

    min: int | None = None
    max: int | None = None
    by: str = ""
    cases: Mapping[str, Count] = field(default_factory=dict)

    def of(self, value: Any) -> Count:
        """Return the count for a value of the deciding column."""
        return self.cases.get(str(value), self)


@dataclass(frozen=True, slots=True)
class InputRule:
    """How the frames of one role are found.

    Attributes
    ----------
    role : str
    sources : tuple of Source
        The first that has enough is used.
    count : Count
    if_none : str
        ``gap``: without it the process cannot be planned; ``warn``: it is planned and told.
    prefer : str
        Of equal level: ``raw``, what is catalogued before what a rule makes; ``product``.
    max_level : int or None
        Worse levels are not used.
    verdicts : tuple of str
        Verdicts a product may have: of ``pass``, ``warn``, ``unchecked``.
    """

    role: str
    sources: tuple[Source, ...]
    count: Count = Count()
    if_none: str = "gap"
    prefer: str = "raw"
    max_level: int | None = None
    verdicts: tuple[str, ...] = ("pass", "warn", "unchecked")


@dataclass(frozen=True, slots=True)
class MainRule:
    """Which frames belong together in one process.

    Attributes
    ----------
    frame_types : tuple of str
    origin, output : str
        Association and output whose products are main frames, made or still to be made.
    where : callable or None
        Condition on the frame.
    where_text : str
    group_by : tuple of str
        Frames equal in these columns go into one process; ``frame`` for one each.
    split_gap_h : float or None
        A longer pause, hours, begins another group.
    complete : str
        Column with the number of frames of a template: groups with fewer cannot be used.
    count : Count
    pick : str
        Which frames of a group that is too large: ``first``, ``last``, ``spread``.
    """

    frame_types: tuple[str, ...]
    origin: str = ""
    output: str = ""
    where: Test | None = None
    where_text: str = ""
    group_by: tuple[str, ...] = ("frame",)
    split_gap_h: float | None = None
    complete: str = ""
    count: Count = Count()
    pick: str = "first"


@dataclass(frozen=True, slots=True)
class Bound:
    """A parameter whose value follows from a column of the main frame.

    Attributes
    ----------
    name : str
        Of the parameter.
    column : str
    cases : mapping or None
        Value by the column's value; None: the column's value itself.
    other : object
        Where no case fits; None: the recipe's default.
    """

    name: str
    column: str
    cases: Mapping[str, Any] | None = None
    other: Any = None


@dataclass(frozen=True, slots=True)
class Association:
    """What belongs in one process of a recipe.

    Attributes
    ----------
    name : str
    recipe : str
        Recipe with an optional version range: ``ifs_astrometry@^1``.
    preset : str
        Preset used unless another is asked for; empty for the recipe's defaults.
    main : MainRule
    inputs : tuple of InputRule
    parameters : tuple of Bound
    rules : str
        Which rules these are: ``sphere/1.0.0``, ``irdis_dbi/1.0.0``.
    document : mapping
        As it is written, the defaults of its file beside it.
    levels : mapping
        The named ladders of its file, as they are written.
    """

    name: str
    recipe: str
    preset: str
    main: MainRule
    inputs: tuple[InputRule, ...] = ()
    parameters: tuple[Bound, ...] = ()
    rules: str = ""
    document: Mapping[str, Any] = field(default_factory=dict, compare=False)
    levels: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def rule(self, role: str) -> InputRule | None:
        """Return the rule of a role."""
        return next((r for r in self.inputs if r.role == role), None)

    @property
    def origins(self) -> tuple[str, ...]:
        """Names of the associations whose products it may use."""
        named = [self.main.origin, *(s.origin for r in self.inputs for s in r.sources)]
        return tuple(dict.fromkeys(n for n in named if n))
