"""What a failure is told as."""

from __future__ import annotations

import pytest

from cobrex.process.last_words import last_words

ESOREX = ("env", "HOME=/nonexistent", "/usr/bin/esorex", "x", "in.sof")
LOG = (
    "[ INFO  ] hawki_cal_flat: Reduce data set",
    "[ ERROR ] hawki_cal_flat:       Not enough selected frames (2 < 3)",
    "[ ERROR ] hawki_cal_flat:       Cannot apply the frames selection",
    "[ ERROR ] esorex:       Execution of recipe 'hawki_cal_flat' failed, status = 1",
)


@pytest.mark.parametrize(
    ("argv", "code", "lines", "said"),
    [
        (("python", "x.py"), 1, ("a", "ValueError: b", " "), "exit code 1: ValueError: b"),
        (("python", "x.py"), -9, (), "signal 9: nothing on its log"),
        (ESOREX, 1, LOG, "exit code 1: hawki_cal_flat: Not enough selected frames (2 < 3)"),
        (
            ESOREX,
            1,
            LOG[:1],
            "exit code 1: the recipe failed, a keyword it needs is missing perhaps",
        ),
        (ESOREX, 255, LOG[3:], f"exit code 255: {' '.join(LOG[3][10:].split())}"),
        (ESOREX, 42, ("so far",), "exit code 42: so far"),
    ],
)
def test_last_words(argv: tuple[str, ...], code: int, lines: tuple[str, ...], said: str) -> None:
    assert last_words(argv, code, lines) == said
