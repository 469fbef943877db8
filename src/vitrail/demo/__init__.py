"""Realistic companies whose truth is known, to try Vitrail on and to test it with."""

from vitrail.demo.shop import DemoShop, make_shop

__all__ = ["DemoShop", "make_shop"]
