"""The cells of a table whose colour says as much as its figures: laid out by `squares` of `parts.html`.

A picture that turns on a phone, and has its table behind it, is a drawing instead (`charts/heatmap.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

_DEEPEST = 60  # per cent of the colour, so that ink stays readable


@dataclass(frozen=True, slots=True)
class Square:
    """A cell: its figure, how deep its colour is from 0 to 1, the same in words; empty for none.

    `partial` where its period is not over, `few` where too few customers have lived through it.
    """

    figure: str = ""
    depth: float = 0.0
    said: str = ""
    partial: bool = False
    few: bool = False

    @property
    def heat(self) -> int:
        """Its colour in per cent."""
        return round(_DEEPEST * self.depth)
