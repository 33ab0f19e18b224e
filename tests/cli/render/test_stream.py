from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from headway.cli.render.stream import OutputStream

if TYPE_CHECKING:
    import io

    import pytest


def piped(monkeypatch: pytest.MonkeyPatch) -> tuple[int, io.TextIOWrapper]:
    """Make standard output a pipe; return its reading end and the stream."""
    reading, writing = os.pipe()
    stream = open(writing, "w", encoding="utf-8")  # noqa: SIM115 - closed by the tests
    monkeypatch.setattr(sys, "stdout", stream)
    return reading, stream


def test_what_is_written_is_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, stream = piped(monkeypatch)
    with stream:
        OutputStream(lambda: None).write(b"hello")
        os.set_blocking(reading, False)
        assert os.read(reading, 100) == b"hello"
    os.close(reading)


def test_when_the_reader_leaves_it_is_told_once_and_the_rest_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, stream = piped(monkeypatch)
    left: list[str] = []
    with stream:
        output = OutputStream(lambda: left.append("left"))
        os.close(reading)
        for _ in range(3):
            output.write(b"hello")
    assert left == ["left"]
