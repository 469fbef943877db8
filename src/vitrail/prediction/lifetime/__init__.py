"""Lifetime value without a contract: orders and spend to come of those who leave without a word."""
