"""Carriage, fees, corrections and discounts are told from goods by their whole name."""

import pytest

from vitrail.engine import DuckDB, sql
from vitrail.variables.charges import compile_is_charge

CHARGES = (
    "POSTAGE;DOTCOM POSTAGE;CARRIAGE;Next Day Carriage;Manual;Bank Charges;AMAZON FEE;CRUK Commission;"
    "Discount;Adjust bad debt;Shipping & handling;Standard delivery;Postage and packing; gift wrap ;POST;"
    "Frais de port;frais d’expédition;Livraison Colissimo;Port offert;Emballage cadeau;Remise;"
    "Frais bancaires;Ajustement manuel"
)
GOODS = (
    "BLACK BAROQUE CARRIAGE CLOCK;PINK PAISLEY ROSE GIFT WRAP;COFFEE MUG;Petite fée;PETITE FEE;Port;Post;"
    "Papier cadeau;Fromage frais;Remise en forme;Manual coffee grinder;Portemanteau;71053"
)


@pytest.mark.parametrize(("names", "charge"), [(CHARGES, True), (GOODS, False)])
def test_charges_are_told_by_their_whole_name(names: str, charge: bool) -> None:
    rows = sql("select unnest(string_split($names, ';')) as name", names=names).subquery("rows")
    with DuckDB() as engine:
        found = sql("select name, $told as told from $rows", told=compile_is_charge(sql("name")), rows=rows)
        assert [row["name"] for row in engine.records(found) if row["told"] is not charge] == []
