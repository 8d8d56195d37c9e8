"""ENTRY: `python -m recruitsmart.local.diagram` draws the stages into ARCHITECTURE.md from the table of moves."""

import sys
from pathlib import Path

from recruitsmart.domain.candidates.stages import MOVES, Stage

PAGE = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"
BEGIN = (
    "<!-- stages: drawn by `python -m recruitsmart.local.diagram`; edit recruitsmart/domain/candidates/stages.py -->"
)
END = "<!-- end of stages -->"


def drawn() -> str:
    """The table of moves as a Mermaid diagram, in the order of the stages."""
    order = list(Stage)
    steps = [f"    {stage} --> {to}" for stage in order for to in sorted(MOVES[stage], key=order.index)]
    end = f"    {order[-1]} --> [*]"
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {order[0]}", *steps, end, "```"])


def redrawn(page: str) -> str:
    """The page with today's diagram between its marks.

    Raises:
        ValueError: the page does not have both marks, in this order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"ARCHITECTURE.md needs these two lines:\n{BEGIN}\n{END}")
    return f"{before}{BEGIN}\n{drawn()}\n{END}{after}"


def main() -> int:
    """Rewrite the part between the marks; 1 when they are missing."""
    try:
        page = redrawn(PAGE.read_text(encoding="utf-8"))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
