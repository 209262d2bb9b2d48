# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rows of the results: what was claimed and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from statistics import median

HEADINGS = ("", "ours", "theirs", "ratio", "target", "met")


@dataclass(frozen=True)
class Row:
    """One claim."""

    claim: str
    ours: str
    theirs: str
    ratio: str
    target: str
    met: str


@dataclass(frozen=True)
class Result:
    """What a bench found: the claims it judges, and what else is worth knowing."""

    rows: tuple[Row, ...]
    notes: str = ""

    def text(self) -> str:
        """Return it as Markdown."""
        return "\n".join(filter(None, [self.rows and table(HEADINGS, [astuple(row) for row in self.rows]), self.notes]))


@dataclass(frozen=True)
class Comparison:
    """Ours and theirs, a value a round."""

    claim: str
    ours: Sequence[float]
    theirs: Sequence[float]
    unit: str

    @property
    def ratio(self) -> float:
        """Return the median of the rounds' ratios: what disturbs a whole round disturbs both sides of it."""
        return median(mine / other for mine, other in zip(self.ours, self.theirs, strict=True))

    def at_most(self, target: float) -> Row:
        """Claim that ours is at most this part of theirs."""
        return self._row(f"<= {target:.2g}", met=self.ratio <= target)

    def at_least(self, target: float) -> Row:
        """Claim that ours is at least this many times theirs."""
        return self._row(f">= {target:.2g}", met=self.ratio >= target)

    def _row(self, target: str, *, met: bool) -> Row:
        ours, theirs = (f"{median(values):.3g} {self.unit}" for values in (self.ours, self.theirs))
        return Row(self.claim, ours, theirs, f"{self.ratio:.2f}", target, "yes" if met else "no")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns line up."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    lines = [headings, ["-" * width for width in widths], *rows]
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |\n"
        for line in lines
    )
