"""Vitrail: customer segmentation that tells the truth."""

from __future__ import annotations

__version__ = "0.1.0"
