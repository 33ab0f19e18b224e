from __future__ import annotations

import re
import threading
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headway.integration.execution.output.masks import MaskSet

TEXTS = st.text(st.sampled_from("ab*"), max_size=40)
SECRETS = st.lists(st.text(st.sampled_from("ab"), min_size=1, max_size=4), min_size=1, max_size=4)


def plain(masks: MaskSet, text: str) -> str:
    return masks.apply(text.encode()).decode()


def expected(text: str, secrets: list[str]) -> str:
    """Mask as the definition says: mark every byte of every occurrence, then star every run of marks."""
    marks = [False] * len(text)
    for secret in secrets:
        for match in re.finditer(f"(?={re.escape(secret)})", text):
            start, end = match.start(), match.start() + len(secret)
            marks[start:end] = [True] * len(secret)
    parts: list[str] = []
    for index, char in enumerate(text):
        if not marks[index]:
            parts.append(char)
        elif index == 0 or not marks[index - 1]:
            parts.append("***")
    return "".join(parts)


def test_the_empty_set_gives_back_the_same_object() -> None:
    data = b"anything at all"
    assert MaskSet().apply(data) is data
    assert MaskSet(["secret"]).apply(data) is data


@pytest.mark.parametrize("blank", ["", " ", "\n", " \t\r\n "])
def test_blank_values_are_ignored(blank: str) -> None:
    masks = MaskSet([blank])
    assert (plain(masks, "a \t\r\n b"), masks.longest) == ("a \t\r\n b", 0)


def test_every_occurrence_is_masked() -> None:
    assert plain(MaskSet(["hunter2"]), "hunter2, hunter2!hunter") == "***, ***!hunter"


def test_overlapping_secrets_leave_nothing_visible() -> None:
    assert plain(MaskSet(["abc", "bcd"]), "abcd") == "***"


def test_a_secret_that_overlaps_itself_leaves_nothing_visible() -> None:
    assert plain(MaskSet(["abab"]), "xababab!") == "x***!"


def test_touching_secrets_become_one() -> None:
    assert plain(MaskSet(["one", "two"]), "onetwoone one") == "*** ***"


def test_a_secret_within_another_does_not_cut_it() -> None:
    assert plain(MaskSet(["b", "abc"]), "abc b") == "*** ***"


def test_a_value_of_several_lines_is_masked_as_a_whole_and_line_by_line() -> None:
    masks = MaskSet(["first line\r\n\n  second\n"])
    assert plain(masks, "<first line\r\n\n  second\n>") == "<***>"
    assert plain(masks, "first line / second") == "*** / ***"


def test_line_by_line_masking_does_not_reach_over_line_ends() -> None:
    masks = MaskSet(["first\nsecond"])
    assert masks.apply_lines(b"first\nsecond\n") == b"***\n***\n"


def test_adding_works_after_something_was_masked() -> None:
    masks = MaskSet(["first"])
    assert plain(masks, "first second") == "*** second"
    masks.add("second")
    assert plain(masks, "first second") == "*** ***"


def test_many_secrets_are_all_found() -> None:
    masks = MaskSet()
    for number in range(500):
        masks.add(f"secret-number-{number:04}")
        if number % 50 == 0:
            assert plain(masks, f"<secret-number-{number:04}>") == "<***>"
    for number in range(500):
        assert plain(masks, f"<secret-number-{number:04}>") == "<***>"


def test_the_longest_form_is_known() -> None:
    masks = MaskSet(["é" * 10])
    assert masks.longest >= 20
    assert masks.longest == max(map(len, masks._patterns))


def test_secrets_can_be_added_while_others_are_masked() -> None:
    masks = MaskSet(["secret-first"])
    failures: list[bytes] = []

    def mask() -> None:
        for _ in range(2000):
            masked = masks.apply(b"<secret-first>")
            if masked != b"<***>":
                failures.append(masked)

    threads = [threading.Thread(target=mask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(300):
        masks.add(f"secret-number-{number}")
    for thread in threads:
        thread.join()
    assert failures == []


def test_text_that_cannot_be_encoded_is_taken() -> None:
    masks = MaskSet(["bad-\udcff-bytes", "lone-\ud800-surrogate"])
    assert masks.apply(b"<bad-\xff-bytes>") == b"<***>"


@given(TEXTS, SECRETS)
@example("abcd", ["abc", "bcd"])
def test_what_is_masked_is_exactly_what_the_definition_says(text: str, secrets: list[str]) -> None:
    assert plain(MaskSet(secrets), text) == expected(text, secrets)


@given(TEXTS, SECRETS, st.lists(st.integers(0, 40), max_size=5))
@example("aaaaaaaa", ["aa"], [1, 2, 3])
@example("abab", ["ab"], [2])
def test_a_line_masked_in_pieces_is_masked_as_if_it_were_whole(
    text: str, secrets: list[str], borders: list[int]
) -> None:
    masks = MaskSet(secrets)
    data = text.encode()
    cuts = [0, *sorted(borders), len(data)]
    shown, waiting, covered = b"", b"", -1
    for start, end in pairwise(cuts):
        piece, waiting, covered = masks.apply_piece(waiting + data[start:end], covered, last=False)
        shown += piece
        assert len(waiting) < max(masks.longest, 1)
    piece, waiting, _ = masks.apply_piece(waiting, covered, last=True)
    assert (shown + piece, waiting) == (masks.apply(data), b"")


def test_a_text_is_masked_as_text_and_as_a_line_of_the_log() -> None:
    masks = MaskSet(["s3cr3t"])
    assert masks.apply_text("a s3cr3t \udcff") == "a *** \udcff"
    assert masks.line("a s3cr3t \udcff") == b"a *** \xff\n"
    assert masks.line("one\ntwo s3cr3t\n") == b"one\ntwo ***\n"
