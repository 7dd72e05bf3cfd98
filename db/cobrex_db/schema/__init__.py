"""Tables and views of the catalogue."""

from .columns import metadata
from .observing import (
    file,
    frame,
    frame_type,
    import_,
    import_frame,
    observation,
    reject,
    root,
    root_path,
    user,
    workspace,
    workspace_frame,
)
from .processing import (
    attempt,
    batch,
    batch_process,
    metric,
    plan_gap,
    process,
    process_input,
    round_,
)
from .stars import alias, frame_star, name_lookup, star
from .views import VIEWS

__all__ = [
    "VIEWS",
    "alias",
    "attempt",
    "batch",
    "batch_process",
    "file",
    "frame",
    "frame_star",
    "frame_type",
    "import_",
    "import_frame",
    "metadata",
    "metric",
    "name_lookup",
    "observation",
    "plan_gap",
    "process",
    "process_input",
    "reject",
    "root",
    "root_path",
    "round_",
    "star",
    "user",
    "workspace",
    "workspace_frame",
]
