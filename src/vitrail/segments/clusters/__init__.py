"""Clusters: groups that the data themselves suggest, and whether they are there."""

from vitrail.segments.clusters.clustering import compile_clusters

__all__ = ["compile_clusters"]
