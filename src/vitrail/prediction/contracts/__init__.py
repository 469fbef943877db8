"""Contractual value: what subscribers, whose leaving is seen, still bring."""
