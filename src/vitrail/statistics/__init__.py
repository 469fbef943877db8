"""Estimators that several steps share: differences with their intervals, many tests at once, sizes needed.

Small and without libraries, since every run uses them: what needs SciPy stands with the method it serves.
"""
