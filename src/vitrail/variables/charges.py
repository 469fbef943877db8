"""Lines that are sold but are no goods: carriage, fees, corrections, discounts, the wrapping of presents.

They count as money everywhere; only as what a customer likes, or as a best seller, they say nothing. They are
told by their name, the whole of it, in English and French: a `gift wrap` is a service, a `pink gift wrap` is
goods, and `carriage` is no `carriage clock`.
"""

from __future__ import annotations

from sqlglot import exp

from vitrail.engine import Query, expression, sql

_WAYS = "express|standard|free|fast|next[ -]day|24 ?h|48 ?h|home|international|uk|dotcom|special|flat rate"
_MEANS = "gratuite?|offerte?|express|standard|rapide|suivie?|[àa] domicile|24 ?h|48 ?h|internationale?"
_CARRIERS = "colissimo|chronopost|mondial relay|point relais|en point relais|relais"
_FOR = "amazon|ebay|paypal|bank|card|admin|administration|service|booking|processing|payment|transaction"

CHARGES = "|".join(
    (
        rf"(({_WAYS}) )?(postage|shipping|carriage|delivery|freight|handling|p&p)"
        r"(( and | & | ?/ ?)(packing|packaging|handling|postage|delivery))?( (charges?|fees?|costs?))?",
        rf"({_FOR}) (charges?|fees?)|(\S+ )?commissions?|fees|adjust bad debt|bad debt",
        r"manual|(manual |price |stock )?(adjustments?|corrections?)|roundings?|discounts?|vouchers?",
        r"gift[ -]?wrap(ping)?( (service|charge|fee|option))?",
        r"frais (de |d'|d’)?(port|livraison|expédition|expedition|envoi|transport|traitement|dossier|gestion"
        r"|service|emballage|manutention|paiement|bancaires?)( .*)?",
        rf"(livraison|expédition|expedition|envoi)( ({_MEANS}|{_CARRIERS}))*|colissimo|chronopost",
        r"port (payé|paye|dû|du|offert|gratuit|et emballage)|frais|arrondis?|ajustements?( manuels?)?",
        r"(r[ée]gularisation|correction|saisie)( manuelle)?|remises?( commerciales?)?|ristournes?",
        r"affranchissement|rabais|réductions?|reductions?|bons? de (réduction|reduction)|code promo",
        r"(emballage|paquet)s?[ -]cadeaux?",
    )
)
_CODES = "POST|DOT|SHIP|FDP|AMAZONFEE"
_DEPARTMENTS = "frais|manual|freight|envoi"
"""Fresh goods in French, handbooks: as a category they are goods."""


def compile_charges(name: exp.Expr, table: str, categories: bool = False) -> Query:
    """The names (or codes) in `table` that are charges, as text: the column `charge`.

    Names are few beside what is sold, and a pattern is dear: each name is looked at once. The condition asks
    `max(name)` of one name, for the engine would ask `name` of every row.

    Args:
        categories: the names are those of categories, of which some charges' are names too.
    """
    text = expression("cast($name as varchar)", name=name)
    query: exp.Select = sql(
        "select $name as charge from $table group by $name"
        " having (regexp_full_match($folded, $charges) or regexp_full_match(trim(max($name)), $codes))",
        name=text,
        table=exp.to_table(table),
        folded=_folded(text),
        charges=CHARGES,
        codes=_CODES,
    )
    if categories:
        query = query.having(
            expression("not regexp_full_match($folded, $goods)", folded=_folded(text), goods=_DEPARTMENTS)
        )
    return query


def _folded(name: exp.Expr) -> exp.Expr:
    return expression("lower(nfc_normalize(trim(max($name))))", name=name)
