"""One row a customer: order lines summed to orders, orders to variables, the register joined on."""

from vitrail.profile.concentration import check_concentration
from vitrail.profile.likeness import check_likeness
from vitrail.profile.orders import compile_orders, compile_product_amount, order_columns
from vitrail.profile.profile import (
    ProfileTables,
    build_profile,
    compile_profile,
    compile_sales,
    compile_variable,
)

__all__ = [
    "ProfileTables",
    "build_profile",
    "check_concentration",
    "check_likeness",
    "compile_orders",
    "compile_product_amount",
    "compile_profile",
    "compile_sales",
    "compile_variable",
    "order_columns",
]
