"""What people read: the report of a run as one HTML page, and small tables for notebooks."""

from vitrail.reports.page import render_report

__all__ = ["render_report"]
