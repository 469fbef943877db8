"""Where results live: runs as folders of Parquet files, each there entirely or not at all."""

from vitrail.store.runs import Run, RunWriter, latest_run, load_run, runs

__all__ = ["Run", "RunWriter", "latest_run", "load_run", "runs"]
