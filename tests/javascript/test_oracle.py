from __future__ import annotations

import pytest

from .oracle import FOLDER, oracle, program


def test_an_oracle_answers_each_question() -> None:
    with oracle("expressions.mjs") as github:
        assert github.ask({"expression": "1 == '1'", "contexts": "{}"}) == {"value": ["Boolean", True]}
        assert github.ask({"expression": "a.b", "contexts": '{"a": {"B": "é"}}'}) == {"value": ["String", "é"]}
        assert github.ask({"expression": "(", "contexts": "{}"})["error"] == "parsing"


def test_where_a_program_is_missing_the_test_is_skipped_with_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not on this machine"):
        program("no-such-program")


def test_the_lock_file_names_no_host() -> None:
    assert "://" not in (FOLDER / "package-lock.json").read_text(encoding="utf-8")
