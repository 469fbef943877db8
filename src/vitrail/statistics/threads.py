"""Numerical libraries on one thread, so that sums are taken in one order whatever the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep NumPy, SciPy and scikit-learn to one thread; small fits are also faster so.

    A library loaded afterwards would not be limited, hence the import of all of them first.
    """
    import sklearn.base  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
