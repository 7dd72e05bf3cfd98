"""Rules of IFS and IRDIS as the data centre would write them, with ESO's recipes."""

from __future__ import annotations

from plan_archive import Need

RULES = """
defaults: {prefer: raw, verdict: [pass, unchecked], empty: deny}
levels:
  daily:
    - {level: 0, window_days: [-1, 1]}
    - {level: 1, window_days: [-7, 7]}
    - {level: 2, window_days: [-30, 30]}
    - {level: 3, window_days: [-90, 90], relax: [nd], warn: true}
associations:
  ifs_dark:
    recipe: sph_ifs_master_dark
    main: {frame_type: IFS_DARK_RAW, group_by: [tpl, dit], count: {min: 1}}
  ifs_background:
    recipe: sph_ifs_cal_background
    main: {frame_type: IFS_CAL_BACKGROUND_RAW, group_by: [tpl, dit, nd, prism]}
  ifs_sky:
    recipe: sph_ifs_cal_background
    main: {frame_type: IFS_SKY_BACKGROUND_RAW, group_by: [tpl, dit, nd, prism]}
  ifs_det_flat:
    recipe: sph_ifs_master_detector_flat
    main: {frame_type: IFS_DETECTOR_FLAT_FIELD_RAW, group_by: [night, prism, lamp], count: {min: 2, max: 2}, pick: last}
    inputs:
      bpm: {from: ifs_dark.bpm, levels: daily, count: {min: 1, max: 3}}
  ifs_specpos:
    recipe: sph_ifs_spectra_positions
    main: {frame_type: IFS_SPECPOS_RAW, group_by: [tpl, prism]}
    parameters: {hmode: {by: prism, cases: {YJH: true}, else: false}}
    inputs:
      dark: {from: ifs_dark.dark, match: [dit], levels: daily, count: {exact: 1}}
  ifs_wave:
    recipe: sph_ifs_wave_calib
    main: {frame_type: IFS_WAVECALIB_RAW, group_by: [tpl, prism]}
    parameters: {number_lines: {by: prism, cases: {YJH: 4}, else: 3}}
    inputs:
      specpos: {from: ifs_specpos.specpos, match: [prism], levels: daily, count: {exact: 1}}
      dark: {like: ifs_specpos.dark}
  ifs_ifu_flat:
    recipe: sph_ifs_instrument_flat
    main: {frame_type: IFS_FLAT_FIELD_RAW, group_by: [tpl, prism]}
    inputs:
      wave: {from: ifs_wave.wave, match: [prism], levels: daily, count: {exact: 1}}
      dff: {from: ifs_det_flat.dff, match: [prism], per: lamp, levels: daily, count: {by: prism, cases: {YJ: 4, YJH: 5}}}
      dark: {like: ifs_specpos.dark}
  ifs_science:
    recipe: sph_ifs_science_dr
    main: {frame_type: IFS_SCIENCE_DR_RAW, group_by: [obs_id, night, prism, dit, nd], split_gap_h: 2}
    inputs:
      background:
        first_of:
          - {name: sky, from: ifs_sky.bg, match: [obs_id, prism, dit, nd]}
          - {name: instrument, from: ifs_background.bg, match: [prism, dit, nd], levels: daily}
          - {name: dark, from: ifs_dark.dark, match: [dit], levels: daily, level_offset: 1}
        count: {min: 0, max: 1}
        if_none: warn
      wave: {like: ifs_ifu_flat.wave}
      ifu_flat: {from: ifs_ifu_flat.ifu_flat, match: [prism], levels: daily, count: {exact: 1}}
      dff: {like: ifs_ifu_flat.dff}
      bpm: {like: ifs_det_flat.bpm, count: {exact: 1}}
      center: {frame_type: IFS_STAR_CENTER_RAW, match: [obs_id, prism, icor], take: bracket, count: {min: 0, max: 4}}
      flux: {frame_type: IFS_SCIENCE_FLUX_RAW, match: [obs_id, prism], take: all, count: {min: 0, max: 4}}
  ird_flat:
    recipe: sph_ird_instrument_flat
    main: {frame_type: IRD_FLAT_FIELD_RAW, group_by: [night, iflt], count: {min: 2}, complete: nexp}
    inputs:
      bg: {frame_type: IRD_INS_BG_RAW, match: [iflt, {dit: each}], per: dit, levels: daily, count: {min: 0}}
  ird_science:
    recipe: sph_ird_science_dbi
    main: {frame_type: [IRD_SCIENCE_DBI_RAW, IRD_SCIENCE_IMAGING_RAW], group_by: [obs_id, night, iflt, icor, dit, nd]}
    inputs:
      background:
        take: nearest_group
        first_of:
          - {frame_type: IRD_SKY_BG_RAW, match: [obs_id, iflt, dit, nd]}
          - {frame_type: IRD_INS_BG_RAW, match: [iflt, dit, nd], levels: daily}
          - {frame_type: IRD_DARK_RAW, match: [dit], levels: daily, level_offset: 1}
        count: {min: 1}
      flat: {from: ird_flat.flat, match: [iflt], levels: daily, count: {exact: 1}}
      center: {frame_type: IRD_STAR_CENTER_WAFFLE_RAW, match: [obs_id, iflt, icor], take: bracket, count: {min: 0, max: 4}}
      flux: {frame_type: IRD_FLUX_RAW, match: [obs_id, iflt], take: all, count: {min: 0, max: 8}}
  ird_paco:
    main: {frame_type: IRD_SCIENCE_REDUCED_MASTER_CUBE}
    inputs:
      psf: {frame_type: IRD_SCIENCE_PSF_MASTER_CUBE, lineage: same_process, count: {exact: 1}}
      parang: {frame_type: IRD_SCIENCE_PARA_ROTATION_CUBE, lineage: same_process, count: {exact: 1}}
      select: {frame_type: IRD_FRAME_SELECTION_VECTOR, lineage: derived_from, take: latest, count: {min: 0, max: 1}}
  ird_rdi_corr:
    recipe: ird_rdi_build_corr_matrix
    main: {frame_type: IRD_SCIENCE_REDUCED_MASTER_CUBE}
    inputs:
      refs: {frame_type: IRD_SCIENCE_REDUCED_MASTER_CUBE, match: [iflt, icor, {star: differs}], verdict: [pass, unchecked], take: all, count: {min: 3, max: 4}}
"""  # noqa: E501

_DARKS = ("IFS_MASTER_DARK", "IFS_CAL_BACKGROUND")


def _needs(main: str | tuple[str, ...], **others: Need) -> tuple[Need, ...]:
    types = (main,) if isinstance(main, str) else main
    return (Need("raw", types, max=None, main=True), *others.values())


def _dff(low: int = 0) -> Need:
    return Need("dff", ("IFS_MASTER_DFF",), min=low, max=None)


CUBE = "IRD_SCIENCE_REDUCED_MASTER_CUBE"
NEEDS = {
    "ifs_dark": _needs("IFS_DARK_RAW"),
    "ifs_background": _needs("IFS_CAL_BACKGROUND_RAW"),
    "ifs_sky": _needs("IFS_SKY_BACKGROUND_RAW"),
    "ifs_det_flat": _needs(
        "IFS_DETECTOR_FLAT_FIELD_RAW", bpm=Need("bpm", ("IFS_STATIC_BADPIXELMAP",), max=None)
    ),
    "ifs_specpos": _needs("IFS_SPECPOS_RAW", dark=Need("dark", ("IFS_MASTER_DARK",))),
    "ifs_wave": _needs(
        "IFS_WAVECALIB_RAW",
        specpos=Need("specpos", ("IFS_SPECPOS",)),
        dark=Need("dark", ("IFS_MASTER_DARK",)),
    ),
    "ifs_ifu_flat": _needs(
        "IFS_FLAT_FIELD_RAW",
        wave=Need("wave", ("IFS_WAVECALIB",)),
        dff=_dff(),
        dark=Need("dark", ("IFS_MASTER_DARK",)),
    ),
    "ifs_science": _needs(
        "IFS_SCIENCE_DR_RAW",
        background=Need("background", _DARKS, min=0),
        wave=Need("wave", ("IFS_WAVECALIB",)),
        ifu_flat=Need("ifu_flat", ("IFS_IFU_FLAT_FIELD",)),
        dff=_dff(),
        bpm=Need("bpm", ("IFS_STATIC_BADPIXELMAP",)),
        center=Need("center", ("IFS_STAR_CENTER_RAW",), min=0, max=None),
        flux=Need("flux", ("IFS_SCIENCE_FLUX_RAW",), min=0, max=None),
    ),
    "ird_flat": _needs("IRD_FLAT_FIELD_RAW", bg=Need("bg", ("IRD_INS_BG_RAW",), min=0, max=None)),
    "ird_science": _needs(
        ("IRD_SCIENCE_DBI_RAW", "IRD_SCIENCE_IMAGING_RAW"),
        background=Need(
            "background", ("IRD_SKY_BG_RAW", "IRD_INS_BG_RAW", "IRD_DARK_RAW"), min=0, max=None
        ),
        flat=Need("flat", ("IRD_FLAT_FIELD",)),
        center=Need("center", ("IRD_STAR_CENTER_WAFFLE_RAW",), min=0, max=None),
        flux=Need("flux", ("IRD_FLUX_RAW",), min=0, max=None),
    ),
    "ird_paco": _needs(
        CUBE,
        psf=Need("psf", ("IRD_SCIENCE_PSF_MASTER_CUBE",)),
        parang=Need("parang", ("IRD_SCIENCE_PARA_ROTATION_CUBE",)),
        select=Need("select", ("IRD_FRAME_SELECTION_VECTOR",), min=0),
    ),
    "ird_rdi_corr": _needs(CUBE, refs=Need("refs", (CUBE,), max=None)),
}
OUTPUTS = {
    "ifs_dark": {"dark": "IFS_MASTER_DARK", "bpm": "IFS_STATIC_BADPIXELMAP"},
    "ifs_background": {"bg": "IFS_CAL_BACKGROUND"},
    "ifs_sky": {"bg": "IFS_CAL_BACKGROUND"},
    "ifs_det_flat": {"dff": "IFS_MASTER_DFF"},
    "ifs_specpos": {"specpos": "IFS_SPECPOS"},
    "ifs_wave": {"wave": "IFS_WAVECALIB"},
    "ifs_ifu_flat": {"ifu_flat": "IFS_IFU_FLAT_FIELD"},
    "ird_flat": {"flat": "IRD_FLAT_FIELD"},
}
