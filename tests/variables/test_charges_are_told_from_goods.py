"""Carriage, fees, corrections and discounts are told from goods by their whole name."""

from vitrail.engine import DuckDB, sql
from vitrail.variables.charges import compile_charges

CHARGES = (
    "POSTAGE;DOTCOM POSTAGE;CARRIAGE;Next Day Carriage;Manual;Bank Charges;AMAZON FEE;CRUK Commission;"
    "Discount;Adjust bad debt;Shipping & handling;Standard delivery;Postage and packing; gift wrap ;POST;"
    "Frais de port;frais d’expédition;Livraison Colissimo;Port offert;Emballage cadeau;Remise;"
    "Frais bancaires;Ajustement manuel;Frais;Frais d'expe\u0301dition"
)
GOODS = (
    "BLACK BAROQUE CARRIAGE CLOCK;PINK PAISLEY ROSE GIFT WRAP;COFFEE MUG;Petite fée;PETITE FEE;Port;Post;"
    "Papier cadeau;Fromage frais;Remise en forme;Manual coffee grinder;Portemanteau;71053"
)


def test_charges_are_told_by_their_whole_name() -> None:
    names = f"{CHARGES};{GOODS};{CHARGES}"
    with DuckDB() as engine:
        engine.create("sold", sql("select unnest(string_split($names, ';')) as name", names=names))
        found = [row["charge"] for row in engine.records(compile_charges(sql("name"), "sold"))]
        departments = compile_charges(sql("name"), "sold", categories=True)
        in_both = [row["charge"] for row in engine.records(departments)]
    assert sorted(found) == sorted(CHARGES.split(";"))
    assert set(found) - set(in_both) == {"Manual", "Frais"}
