"""The customer model: the tables a source can feed, each column with its kind and its meaning.

This is data, and the only place where a model column is defined: the guesser recognises these columns, the
plan maps source columns to them, the profile is computed from them, and the reference page prints them.
A column that the model does not know is kept under its own name and can be used as a variable.

>>> TABLES["orders"].columns["ordered_at"].kind
'moment'
>>> TABLES["orders"].missing({"customer_id", "ordered_at", "quantity"})
(('amount', 'unit_price'),)
>>> TABLES["customers"].missing({"customer_id", "country"})
()
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from vitrail.i18n import Language

Kind = Literal["text", "number", "day", "moment", "boolean"]

ORDER_MONEY = ("discount_amount", "refunded_amount")
"""Amounts that a row has, or that its order states once for all its rows."""
SUMMED_FIELDS = ("quantity", *ORDER_MONEY)
"""Of the lines of an order, what adds up; its `amount` does too, net of what was given back."""
PRODUCT_FIELDS = ("product_id", "product_name", "category", "unit_price")
"""What a line says of its product, and an order does not have."""


@dataclass(frozen=True, slots=True)
class ModelColumn:
    """A column of the customer model.

    Args:
        name: what the plan calls it, the same in every table.
        kind: what its values are; a `moment` may be given as a bare day, an identifier is `text`.
        label: its short name, by language.
        meaning: what it says in one sentence, by language.
        required: a table without it cannot be used.
        money: an amount in the order's currency, kept as an exact decimal.
    """

    name: str
    kind: Kind
    label: Mapping[Language, str]
    meaning: Mapping[Language, str]
    required: bool = False
    money: bool = False


@dataclass(frozen=True, slots=True)
class ModelTable:
    """A table of the customer model.

    Args:
        name: what the plan calls it.
        label: what one of its rows is, by language.
        meaning: what it holds, by language.
        columns: its columns by name, in the order people read them.
        one_of: sets of columns of which at least one must be whole, such as the amount or what makes it.
    """

    name: str
    label: Mapping[Language, str]
    meaning: Mapping[Language, str]
    columns: Mapping[str, ModelColumn]
    one_of: tuple[tuple[str, ...], ...] = ()

    def missing(self, mapped: Collection[str]) -> tuple[tuple[str, ...], ...]:
        """What `mapped` lacks: one tuple a need, holding the columns any of which would answer it.

        Of `one_of`, columns that are mapped already are not named; none is missing when one set is whole.

        >>> TABLES["orders"].missing({"customer_id", "ordered_at", "quantity"})
        (('amount', 'unit_price'),)
        """
        lacks: list[tuple[str, ...]] = [
            (column.name,)
            for column in self.columns.values()
            if column.required and column.name not in mapped
        ]
        if self.one_of and not any(set(needed) <= set(mapped) for needed in self.one_of):
            absent = [name for needed in self.one_of for name in needed if name not in mapped]
            lacks.append(tuple(dict.fromkeys(absent)))
        return tuple(lacks)


def _words(en: str, fr: str) -> Mapping[Language, str]:
    return MappingProxyType({"en": en, "fr": fr})


def _column(
    name: str, kind: Kind, label: tuple[str, str], meaning: tuple[str, str], *, required: bool = False
) -> ModelColumn:
    money = name in {"unit_price", "amount", *ORDER_MONEY}
    return ModelColumn(name, kind, _words(*label), _words(*meaning), required, money)


def _columns(*columns: ModelColumn) -> Mapping[str, ModelColumn]:
    return MappingProxyType({column.name: column for column in columns})


_CUSTOMER_ID = _column(
    "customer_id",
    "text",
    ("customer id", "identifiant client"),
    (
        "Who the customer is: a code, or the e-mail address where there is no code.",
        "Qui est le client : un code, ou l’adresse e-mail s’il n’y a pas de code.",
    ),
    required=True,
)
_EMAIL = _column(
    "email",
    "text",
    ("e-mail", "e-mail"),
    ("The customer’s e-mail address.", "L’adresse e-mail du client."),
)
_ACCEPTS = _column(
    "accepts_marketing",
    "boolean",
    ("accepts marketing", "accepte la prospection"),
    (
        "Whether the customer agreed to receive marketing.",
        "Si le client a accepté de recevoir de la prospection.",
    ),
)
_COUNTRY = _column(
    "country",
    "text",
    ("country", "pays"),
    ("The country, as a name or a code.", "Le pays, en nom ou en code."),
)
_REGION = _column(
    "region",
    "text",
    ("region", "région"),
    ("The region, state, province or county.", "La région, l’État, la province ou le département."),
)
_CITY = _column("city", "text", ("city", "ville"), ("The town or city.", "La commune ou la ville."))
_POSTAL_CODE = _column(
    "postal_code",
    "text",
    ("postal code", "code postal"),
    (
        "The postal code, kept as text with its leading zeros.",
        "Le code postal, gardé en texte avec ses zéros.",
    ),
)

_SALES = _columns(
    _CUSTOMER_ID,
    _column(
        "order_id",
        "text",
        ("order id", "numéro de commande"),
        (
            "Which order the row belongs to. Without it, each row counts as an order.",
            "La commande de la ligne. Sans lui, chaque ligne compte pour une commande.",
        ),
    ),
    _column(
        "ordered_at",
        "moment",
        ("order date", "date de commande"),
        (
            "When the order was placed: a day, or a day and a time.",
            "Quand la commande a été passée : un jour, avec ou sans heure.",
        ),
        required=True,
    ),
    _column(
        "product_id",
        "text",
        ("product id", "référence produit"),
        ("The product’s code.", "Le code du produit."),
    ),
    _column(
        "product_name",
        "text",
        ("product", "produit"),
        ("What the product is called.", "Le nom du produit."),
    ),
    _column(
        "category",
        "text",
        ("category", "catégorie"),
        ("The product’s family, department or type.", "La famille, le rayon ou le type du produit."),
    ),
    _column(
        "quantity",
        "number",
        ("quantity", "quantité"),
        (
            "Units on the row; negative where goods came back.",
            "Le nombre d’unités de la ligne ; négatif pour un retour.",
        ),
    ),
    _column(
        "unit_price",
        "number",
        ("unit price", "prix unitaire"),
        (
            "The price of one unit, in the order’s currency.",
            "Le prix d’une unité, dans la devise de la commande.",
        ),
    ),
    _column(
        "amount",
        "number",
        ("amount", "montant"),
        (
            "What the row is worth: the order’s total in `orders`, the line’s in `order_lines`. Without it, "
            "quantity times unit price.",
            "Ce que vaut la ligne : le total de la commande dans `orders`, celui de la ligne dans "
            "`order_lines`. Sans lui, quantité multipliée par prix unitaire.",
        ),
    ),
    _column(
        "discount_amount",
        "number",
        ("discount", "remise"),
        ("The discount granted, as an amount.", "La remise accordée, en montant."),
    ),
    _column(
        "refunded_amount",
        "number",
        ("refunded amount", "montant remboursé"),
        (
            "What was given back to the customer, as a positive amount.",
            "Ce qui a été rendu au client, en montant positif.",
        ),
    ),
    _column(
        "status",
        "text",
        ("status", "statut"),
        (
            "Where the order or its payment stands: paid, refunded, cancelled, failed …",
            "L’état de la commande ou du paiement : payée, remboursée, annulée, échouée …",
        ),
    ),
    _column(
        "cancelled_at",
        "moment",
        ("cancellation date", "date d’annulation"),
        (
            "When the order was cancelled; blank if it was not.",
            "Quand la commande a été annulée ; vide sinon.",
        ),
    ),
    _column(
        "currency",
        "text",
        ("currency", "devise"),
        ("The currency of the amounts, as a code such as EUR.", "La devise des montants, en code comme EUR."),
    ),
    _COUNTRY,
    _REGION,
    _CITY,
    _POSTAL_CODE,
    _column(
        "channel",
        "text",
        ("channel", "canal"),
        (
            "Where the sale was made: web, shop, phone …",
            "Où la vente s’est faite : site, magasin, téléphone …",
        ),
    ),
    _column(
        "payment_method",
        "text",
        ("payment method", "mode de paiement"),
        ("How the order was paid.", "Comment la commande a été réglée."),
    ),
    _column(
        "discount_code",
        "text",
        ("discount code", "code promo"),
        ("The voucher or promotion code used.", "Le code promotionnel ou le bon utilisé."),
    ),
    _EMAIL,
    _ACCEPTS,
)
ORDER_FIELDS = tuple(
    name for name in _SALES if name not in ("order_id", "amount", *SUMMED_FIELDS, *PRODUCT_FIELDS)
)
"""What an order says of itself: the same on all its lines, or only on the first."""

_PEOPLE = _columns(
    _CUSTOMER_ID,
    _column(
        "account_id",
        "text",
        ("account id", "identifiant de compte"),
        (
            "The code the orders know, where it is an account and `customer_id` is the person or company it "
            "belongs to, who may have several: their orders are counted for the customer.",
            "Le code que connaissent les commandes, s’il est celui d’un compte et que `customer_id` est la "
            "personne ou l’entreprise à qui il appartient, et qui peut en avoir plusieurs : leurs commandes "
            "comptent pour le client.",
        ),
    ),
    _EMAIL,
    _column("first_name", "text", ("first name", "prénom"), ("The given name.", "Le prénom.")),
    _column("last_name", "text", ("last name", "nom de famille"), ("The family name.", "Le nom de famille.")),
    _column("phone", "text", ("phone", "téléphone"), ("A telephone number.", "Un numéro de téléphone.")),
    _column(
        "company",
        "text",
        ("company", "société"),
        ("The organisation the customer is or works for.", "L’organisation du client."),
    ),
    _COUNTRY,
    _REGION,
    _CITY,
    _POSTAL_CODE,
    _column(
        "birth_date",
        "day",
        ("birth date", "date de naissance"),
        ("The day of birth, from which age is computed.", "Le jour de naissance, d’où l’âge est calculé."),
    ),
    _column(
        "gender",
        "text",
        ("gender", "genre"),
        ("The gender or title given.", "Le genre ou la civilité déclarés."),
    ),
    _column(
        "signed_up_at",
        "moment",
        ("sign-up date", "date d’inscription"),
        ("When the customer’s account was made.", "Quand le compte du client a été créé."),
    ),
    _column(
        "acquisition_channel",
        "text",
        ("acquisition channel", "canal d’acquisition"),
        ("How the customer came to us.", "Par quel moyen le client est venu."),
    ),
    _ACCEPTS,
)

_WORTH = (("amount",), ("quantity", "unit_price"))

TABLES: Mapping[str, ModelTable] = MappingProxyType(
    {
        table.name: table
        for table in (
            ModelTable(
                "orders",
                _words("an order", "une commande"),
                _words("One row an order, with its total.", "Une ligne par commande, avec son total."),
                _SALES,
                _WORTH,
            ),
            ModelTable(
                "order_lines",
                _words("an order line", "une ligne de commande"),
                _words(
                    "One row a product in an order; the order’s own columns are on each row or the first.",
                    "Une ligne par produit d’une commande, les colonnes de la commande étant répétées sur "
                    "chaque ligne ou portées par la première.",
                ),
                _SALES,
                _WORTH,
            ),
            ModelTable(
                "customers",
                _words("a customer", "un client"),
                _words(
                    "One row a person or company, with what is known besides the orders.",
                    "Une ligne par personne ou entreprise, avec ce que l’on en sait hors commandes.",
                ),
                _PEOPLE,
            ),
        )
    }
)


def is_own_export(columns: Iterable[str]) -> bool:
    """Whether columns are those of profiles Vitrail exported: customers, whose figures are computed anew.

    >>> is_own_export(["customer_id", "since", "recency_days", "order_count", "total_amount", "value"])
    True
    """
    return {"customer_id", "recency_days", "order_count", "total_amount"} <= set(columns)
