"""Makes one star of what several catalogues tell of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from . import motion
from .catalogue_files import Bright, CrossId, Hipparcos, Motion, NameOf, Record
from .names import is_weak, legible, normal_form
from .register import Entry

_ORDER = {Hipparcos: 0, Motion: 1, CrossId: 2, Bright: 3, NameOf: 4}
_SAME_STAR_ARCSEC = 60.0


@dataclass(slots=True, eq=False)
class Draft:
    """A star while catalogues are read: numbers, place, and names by their normal form."""

    hip: int | None = None
    component: str = ""
    hr: int | None = None
    hd: int | None = None
    sao: int | None = None
    ra_deg: float | None = None
    dec_deg: float | None = None
    pm_ra_masyr: float | None = None
    pm_dec_masyr: float | None = None
    parallax_mas: float | None = None
    magnitude_v: float | None = None
    source: str = "cross-id"
    names: dict[str, str] = field(default_factory=dict)

    def numbers(self) -> Iterator[str]:
        """Yield the catalogue numbers, the one to be known by first; each is a normal form."""
        if self.hr is not None:
            yield f"HR {self.hr}"
        if self.hd is not None:
            yield f"HD {self.hd}"
        if self.hip is not None:
            yield f"HIP {self.hip}{self.component}"
        if self.sao is not None:
            yield f"SAO {self.sao}"


class Crossmatch:
    """Gathers records and gives stars.

    Parameters
    ----------
    records : iterable of Record
        Of any catalogues, in any order.

    Attributes
    ----------
    contradictions : list of str
        Where the catalogues' positions show that a cross-identification is wrong.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self.drafts: list[Draft] = []
        self.contradictions: list[str] = []
        self._by_hip: dict[int, list[Draft]] = {}
        self._by_hr: dict[int, list[Draft]] = {}
        self._by_hd: dict[int, list[Draft]] = {}
        # positions first, then numbers, then names that hang on numbers
        for record in sorted(records, key=lambda r: _ORDER[type(r)]):
            self._take(record)

    def stars(self) -> list[tuple[Entry, tuple[str, ...]]]:
        """Return each star with the normal forms that are its own and no other's.

        Returns
        -------
        list of (Entry, tuple of str)
            Identifiers are unique: HR, else HD, else HIP, else SAO, else a name. What has no
            name of its own cannot be told from others, and is left out.
        """
        borne = Counter(key for draft in self.drafts for key in _keys(draft))
        return [
            (_entry(draft, own), own)
            for draft in self.drafts
            if (own := tuple(key for key in _keys(draft) if borne[key] == 1))
        ]

    def _take(self, record: Record) -> None:
        if isinstance(record, CrossId):
            self._number(record)
        elif isinstance(record, Bright):
            self._brighten(record)
        elif isinstance(record, NameOf):
            self._name(record)
        else:
            draft = self._main(record.hip)
            draft.pm_ra_masyr, draft.pm_dec_masyr = _motion_of(record, draft)
            if isinstance(record, Hipparcos):
                draft.ra_deg, draft.dec_deg = record.ra_deg, record.dec_deg
                draft.parallax_mas, draft.source = record.parallax_mas, "hip2"

    def _main(self, hip: int) -> Draft:
        """Return the star that a bare HIP number means."""
        if hip not in self._by_hip:
            self._by_hip[hip] = [Draft(hip=hip)]
            self.drafts.append(self._by_hip[hip][0])
        return self._by_hip[hip][0]

    def _number(self, record: CrossId) -> None:
        draft = self._main(record.hip)
        numbers = (record.sao, record.hd, record.hr)
        if any((d.hd, d.hr) == numbers[1:] != (None, None) for d in self._by_hip[record.hip]):
            return  # listed as a component and again as the whole
        if draft.component or draft.hr or draft.hd or draft.sao:
            draft = self._component(draft, record.component)
        elif record.component:
            # the first component is what the bare number means
            draft.component = record.component
            _add_name(draft, f"HIP {record.hip}")
        draft.sao, draft.hd, draft.hr = numbers
        self._index(draft)

    def _component(self, main: Draft, component: str) -> Draft:
        draft = Draft(
            hip=main.hip, component=component, ra_deg=main.ra_deg, dec_deg=main.dec_deg,
            pm_ra_masyr=main.pm_ra_masyr, pm_dec_masyr=main.pm_dec_masyr,
            parallax_mas=main.parallax_mas, source=main.source,
        )  # fmt: skip
        self.drafts.append(draft)
        self._by_hip[main.hip or 0].append(draft)
        return draft

    def _index(self, draft: Draft) -> None:
        if draft.hr is not None:
            self._by_hr.setdefault(draft.hr, []).append(draft)
        if draft.hd is not None:
            self._by_hd.setdefault(draft.hd, []).append(draft)

    def _brighten(self, record: Bright) -> None:
        known = self._by_hr.get(record.hr) or self._by_hd.get(record.hd or 0) or []
        near = [draft for draft in known if _apart(draft, record) <= _SAME_STAR_ARCSEC]
        for draft in known:
            if draft not in near:
                self._contradict(draft, record)
        if not near:
            draft = Draft(source="bsc5")
            self.drafts.append(draft)
        else:
            draft = min(near, key=lambda one: _apart(one, record))
        _fill(draft, record)
        # a component has the place of the whole until now
        if draft.ra_deg is None or self._by_hip.get(draft.hip or 0, [draft])[0] is not draft:
            draft.ra_deg, draft.dec_deg, draft.source = record.ra_deg, record.dec_deg, "bsc5"
        for name in record.names:
            _add_name(draft, name)

    def _contradict(self, draft: Draft, record: Bright) -> None:
        """Take from a star the numbers that belong to another, elsewhere on the sky."""
        self.contradictions.append(f"HIP {draft.hip}{draft.component} is not HR {record.hr}")
        draft.sao = draft.hd = draft.hr = None
        if self._main(draft.hip or 0) is not draft:
            self.drafts.remove(draft)
            self._by_hip[draft.hip or 0].remove(draft)

    def _name(self, record: NameOf) -> None:
        key = normal_form(record.name)
        drafts = self._by_hip.get(record.hip) or [self._main(record.hip)]
        if not any(key in draft.names for draft in drafts) and not is_weak(key):
            _add_name(drafts[0], record.name)


def _keys(draft: Draft) -> Iterator[str]:
    yield from draft.numbers()
    yield from draft.names


def _entry(draft: Draft, own: tuple[str, ...]) -> Entry:
    names = (*draft.numbers(), *draft.names.values())
    return Entry(
        own[0], draft.ra_deg, draft.dec_deg, draft.pm_ra_masyr, draft.pm_dec_masyr,
        draft.parallax_mas, draft.magnitude_v, draft.source, names,
    )  # fmt: skip


def _add_name(draft: Draft, name: str) -> None:
    if key := normal_form(name):
        draft.names.setdefault(key, legible(name))


def _motion_of(record: Motion | Hipparcos, draft: Draft) -> tuple[float | None, float | None]:
    if isinstance(record, Motion) and draft.pm_ra_masyr is not None:
        return draft.pm_ra_masyr, draft.pm_dec_masyr
    return record.pm_ra_masyr, record.pm_dec_masyr


def _apart(draft: Draft, record: Bright) -> float:
    if draft.ra_deg is None or draft.dec_deg is None:
        return 0.0
    here = motion.direction(draft.ra_deg, draft.dec_deg)
    return motion.separation_arcsec(here, motion.direction(record.ra_deg, record.dec_deg))


def _fill(draft: Draft, record: Bright) -> None:
    """Take from the bright star what is not known yet."""
    draft.hr = record.hr if draft.hr is None else draft.hr
    draft.hd = record.hd if draft.hd is None else draft.hd
    draft.sao = record.sao if draft.sao is None else draft.sao
    draft.magnitude_v = record.magnitude_v
    if draft.pm_ra_masyr is None:
        draft.pm_ra_masyr, draft.pm_dec_masyr = record.pm_ra_masyr, record.pm_dec_masyr
