"""Propensities: how probable it is that a customer leaves, comes back, buys, spends in a time to come."""
