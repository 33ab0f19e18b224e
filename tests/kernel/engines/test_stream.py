from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.engines.stream import Frames

_frames = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(min_size=0, max_size=20)), max_size=8)


@given(_frames, st.lists(st.integers(min_value=1, max_value=30), max_size=20))
def test_frames_are_taken_apart_however_they_are_cut(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    data = b"".join(bytes([kind, 0, 0, 0]) + len(text).to_bytes(4, "big") + text for kind, text in frames)
    taker = Frames()
    taken: list[tuple[int, bytes]] = []
    for cut in [*cuts, len(data)]:
        taken += taker.take(data[:cut])
        data = data[cut:]
    for kind in (1, 2):
        expected = b"".join(text for each, text in frames if each == kind)
        assert b"".join(text for each, text in taken if each == kind) == expected
