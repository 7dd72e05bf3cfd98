"""Views under the data centre's own names: raw_data, raw_data_file, file_star."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "raw_data": """
        SELECT f.frame_id AS raw_data_id, f.user_id, t.name AS frame_type, f.archive_name,
               f.object, f.target, f.date_obs, f.night, f.instrument, f.arm, f.filter,
               f.coronagraph, f.neutral_density, f.dit_s, f.ndit, f.exposure_s,
               f.ra_deg, f.dec_deg, o.programme, o.ob_id, o.template_start,
               f.release_date, f.content_id, f.state
        FROM frame f
        JOIN frame_type t ON t.frame_type_id = f.frame_type_id
        LEFT JOIN observation o ON o.observation_id = f.observation_id
        WHERE f.kind = 'raw'""",
    "raw_data_file": """
        SELECT f.frame_id AS raw_data_id, fi.file_id
        FROM frame f JOIN file fi ON fi.frame_id = f.frame_id
        WHERE f.kind = 'raw'""",
    "file_star": """
        SELECT fi.file_id, fs.star_id
        FROM frame_star fs JOIN file fi ON fi.frame_id = fs.frame_id
        WHERE fs.chosen = 1""",
    "data": """
        SELECT f.frame_id AS data_id, f.kind, f.user_id, f.frame_type_id, f.content_id,
               f.night, f.state, f.process_id
        FROM frame f""",
}
