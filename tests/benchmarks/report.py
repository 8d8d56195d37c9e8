"""What the figures of a run come to: goals kept or missed, and each figure beside that of an earlier run."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]
NAMING = ("at", "page", "process", "act", "people", "clients", "lane", "route", "offered", "processes")

# name, what else names the line, the figure, the bound, whether less is better
GOALS = (
    ("reply", {"at": "50/s"}, "milliseconds.p95", 120, True),
    ("reply.sustained", {}, "per_second", 150, False),
    ("memory", {"process": "bot"}, "mebibytes.0", 90, True),
    ("memory", {"process": "worker"}, "mebibytes.0", 140, True),
    ("panel.left_behind", {}, "after.mebibytes", 160, True),
    ("api.all", {}, "milliseconds.p95", 60, True),
)


def flattened(figures: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a line by their way to them: `milliseconds.p95`."""
    if isinstance(figures, bool):
        return
    if isinstance(figures, int | float):
        yield path, float(figures)
    parts = figures.items() if isinstance(figures, Mapping) else enumerate(figures) if isinstance(figures, list) else ()
    for name, part in parts:
        yield from flattened(part, f"{path}.{name}" if path else str(name))


def read(path: Path) -> list[Figures]:
    """The lines of an earlier run; its table is passed over."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def goals(lines: Iterable[Figures]) -> Iterator[str]:
    """Each goal whose figure was measured, kept or missed."""
    lines = list(lines)
    for name, naming, figure, bound, less_is_better in GOALS:
        for line in lines:
            value = dict(flattened(line)).get(figure)
            if line["name"] != name or value is None or any(line.get(key) != part for key, part in naming.items()):
                continue
            kept = value <= bound if less_is_better else value >= bound
            sign = "≤" if less_is_better else "≥"
            yield f"{'kept  ' if kept else 'MISSED'}  {_title(line)} {figure} {value:g}, goal {sign} {bound}"


def compared(lines: Iterable[Figures], earlier: Iterable[Figures]) -> Iterator[str]:
    """Each figure that both runs have, with how many times the earlier one it is."""
    before = {_title(line): dict(flattened(line)) for line in earlier}
    for line in lines:
        known = before.get(_title(line), {})
        for figure, value in flattened(line):
            if figure in known and figure not in NAMING:
                times = f"{value / known[figure]:6.2f} ×" if known[figure] else "      –"
                yield f"{_title(line):40} {figure:28} {known[figure]:>10g} → {value:<10g} {times}"


def table(lines: Iterable[Figures]) -> Iterator[str]:
    """The figures as people read them."""
    for line in lines:
        figures = "  ".join(f"{name} {value:g}" for name, value in flattened(line) if name not in NAMING)
        yield f"{_title(line):44} {figures}"


def _title(line: Figures) -> str:
    return " ".join([str(line["name"]), *(str(line[part]) for part in NAMING if part in line)])
