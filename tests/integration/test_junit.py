from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from headway.integration import junit
from headway.integration.junit import TestTotals as Totals
from headway.integration.junit import find_reports, read_report, totals_below

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str | bytes) -> Totals | None:
    file = folder / "report.xml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_report(str(file))


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ("", Totals()),
        ('<testcase name="a" time="0.5"/>', Totals(1, 0, 0, 0.5)),
        ('<testcase classname="m.T" name="a"><failure/></testcase>', Totals(1, 1, 0, 0.0, ("m.T.a",))),
        ('<testcase name="a"><error message="x"/></testcase>', Totals(1, 1, 0, 0.0, ("a",))),
        ('<testcase name="a"><failure/><error/></testcase>', Totals(1, 1, 0, 0.0, ("a",))),
        ('<testcase name="a"><skipped/></testcase>', Totals(1, 0, 1)),
        ('<testcase name="a"><skipped/><failure/></testcase>', Totals(1, 1, 0, 0.0, ("a",))),
        ('<testcase name="a"><system-out>failure</system-out></testcase>', Totals(1)),
        ("<testcase><failure/></testcase>", Totals(1, 1, 0, 0.0, ("",))),
        ('<testsuite><testcase name="a"/><testsuite><testcase name="b"/></testsuite></testsuite>', Totals(2)),
        ('<testcase name="a" time="1,234.5"/>', Totals(1, 0, 0, 1234.5)),
        ('<testcase name="a" time="NaN"/><testcase name="b" time="1"/>', Totals(2, 0, 0, 1.0)),
        ('<testcase name="a" time="inf"/><testcase name="b" time="-1"/><testcase name="c" time="soon"/>', Totals(3)),
    ],
)
def test_totals_are_counted_from_the_cases(tmp_path: Path, cases: str, expected: Totals) -> None:
    assert (
        read(tmp_path, f'<testsuites tests="99"><testsuite failures="99">{cases}</testsuite></testsuites>') == expected
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<testsuite>",
        b"<testsuite></testcase>",
        b'<?xml version="1.0" encoding="shift_jis"?><testsuite/>',
        b'<?xml version="1.0" encoding="made-up"?><testsuite/>',
        b"\xff\xfe<testsuite/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite>&b;</testsuite>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&a;"/></testsuite>',
    ],
)
def test_what_is_no_report_or_an_attack_counts_nothing(tmp_path: Path, text: bytes) -> None:
    assert read(tmp_path, text) is None


def test_a_report_in_another_encoding_is_read(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?><testsuite><testcase name="ü"><failure/></testcase></testsuite>'
    assert read(tmp_path, text.encode("iso-8859-1")) == Totals(1, 1, 0, 0.0, ("ü",))


def test_a_report_that_is_gone_counts_nothing(tmp_path: Path) -> None:
    assert read_report(str(tmp_path / "none.xml")) is None


def test_of_many_failures_the_first_hundred_names_are_kept(tmp_path: Path) -> None:
    cases = "".join(f'<testcase name="{number}"><failure/></testcase>' for number in range(150))
    totals = read(tmp_path, f"<testsuite>{cases}</testsuite>")
    assert totals is not None
    assert (totals.failures, len(totals.failed), totals.failed[-1]) == (150, 100, "99")
    assert len(totals.plus(totals).failed) == 100
    assert totals.plus(totals).failures == 300


REPORT = '<?xml version="1.0"?>\n<testsuite><testcase name="a" time="1"/></testsuite>'


def put(folder: Path, name: str, text: str = REPORT, age: float = 0.0) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (1000 - age, 1000 - age))


def test_reports_are_found_at_any_depth_and_by_what_is_in_them(tmp_path: Path) -> None:
    put(tmp_path, "junit.xml")
    put(tmp_path, "build/test-results/test/TEST-a.xml")
    put(tmp_path, "pom.xml", "<project/>")
    put(tmp_path, "notes.txt")
    assert sorted(find_reports(str(tmp_path), 1000)) == [
        str(tmp_path / "build/test-results/test/TEST-a.xml"),
        str(tmp_path / "junit.xml"),
    ]


@pytest.mark.parametrize("folder", [".git", "node_modules", ".venv", "venv", "__pycache__", ".tox"])
def test_folders_that_hold_other_peoples_reports_are_passed_over(tmp_path: Path, folder: str) -> None:
    put(tmp_path, f"sub/{folder}/junit.xml")
    assert totals_below(str(tmp_path), 0) is None


def test_reports_from_before_the_job_do_not_count(tmp_path: Path) -> None:
    put(tmp_path, "old.xml", age=10)
    assert totals_below(str(tmp_path), 995) is None
    assert totals_below(str(tmp_path), 990) == Totals(1, 0, 0, 1.0)


def test_a_link_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "link.xml").symlink_to("nowhere")
    assert totals_below(str(tmp_path), 0) is None


def test_all_reports_are_added_up_and_those_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.xml")
    put(tmp_path, "b.xml")
    put(tmp_path, "broken.xml", "<testsuite>")
    assert totals_below(str(tmp_path), 0) == Totals(2, 0, 0, 2.0)


def test_a_flood_of_reports_and_reports_that_are_too_large_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(junit, "MAX_REPORTS", 3)
    monkeypatch.setattr(junit, "MAX_BYTES", 200)
    for number in range(5):
        put(tmp_path, f"{number}.xml")
    assert len(list(find_reports(str(tmp_path), 0))) == 3
    put(tmp_path, "sub/large.xml", REPORT + " " * 200)
    assert list(find_reports(str(tmp_path / "sub"), 0)) == []
