"""`make bench` itself, short: what it prints can be read again, compared, and held against the goals."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import growth, report
from tests.benchmarks.__main__ import main

pytestmark = pytest.mark.drill


def test_a_short_run_prints_figures_a_table_and_a_comparison(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(growth, "SIZES", ("small",))
    assert main(["growth", "exam", "people=6", "questions=1", "limit_seconds=15", "begin_seconds=2"]) == 0
    first = capsys.readouterr().out
    (tmp_path / "first").write_text(first)
    lines = report.read(tmp_path / "first")
    names = {line["name"] for line in lines}
    assert {"machine", "growth", "growth.times"} <= names
    assert any(name.startswith("exam") for name in names)
    answered = next(line for line in lines if line.get("act") == "an update is answered")
    assert answered["people"] == 1000 and answered["milliseconds"] > 0 and answered["statements"] < 15
    assert "growth an update is answered 1000" in first  # the table
    assert any(line.startswith("exam") for line in report.compared(lines, lines))


def test_an_unknown_measurement_is_named_and_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert "There is no speed; there are: processes, " in capsys.readouterr().err


def test_goals_say_what_was_kept_and_what_was_missed() -> None:
    lines = [
        {"name": "reply", "at": "50/s", "milliseconds": {"p95": 130.0}},
        {"name": "reply", "at": "20/s", "milliseconds": {"p95": 500.0}},
        {"name": "reply.sustained", "per_second": 160.0},
        {"name": "memory", "process": "bot", "mebibytes": [44.0, 3.0]},
    ]
    assert list(report.goals(lines)) == [
        "MISSED  reply 50/s milliseconds.p95 130, goal ≤ 120",
        "kept    reply.sustained per_second 160, goal ≥ 150",
        "kept    memory bot mebibytes.0 44, goal ≤ 90",
    ]


def test_a_figure_stands_beside_the_earlier_one_of_the_same_line(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    line = {"name": "panel.alone", "page": "card", "p95": 20.0}
    earlier.write_text(json.dumps(line) + "\n\npanel.alone card  p95 20\n")
    now = [{"name": "panel.alone", "page": "card", "p95": 30.0}, {"name": "panel.alone", "page": "today", "p95": 1.0}]
    (row,) = report.compared(now, report.read(earlier))
    assert row.split() == ["panel.alone", "card", "p95", "20", "→", "30", "1.50", "×"]
