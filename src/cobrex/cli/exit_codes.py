"""The exit codes of commands that make something; errors bear their own."""

from __future__ import annotations

NOT_PLANNED, FAILED, INTERRUPTED = 5, 6, 130
