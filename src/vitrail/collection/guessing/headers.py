"""A column's name, read as people mean it: folded, cut into words, each word a concept.

`N° client`, `customer_id`, `CustomerNo` and `Identifiant de l’acheteur` all say *customer* and *id*. The
words are in `lexicon.toml`, both languages together; a run-together name (`orderdate`) is cut where every
piece is a known word.

>>> read_header("Date de la commande").concepts == read_header("OrderDate").concepts == {"order", "date"}
True
>>> read_header("N° client").concepts == read_header("custid").concepts == {"customer", "id"}
True
>>> [sorted(read_header(name).concepts) for name in ("CODCLI", "DTCDE", "MTHT")]
[['customer', 'id'], ['date', 'order'], ['amount', 'net']]
>>> sorted(read_header("Desc. %").concepts), sorted(read_header("Desc.").concepts)
(['discount', 'percent'], ['description'])
>>> read_header("Solde Zorglub").unknown
('zorglub',)
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

_HOW_MANY = frozenset({"num", "nb", "nbr", "nbre", "number", "nombre"})
_OF_SALES = frozenset({"orders", "purchases", "transactions", "invoices", "commandes", "achats", "factures"})


@dataclass(frozen=True, slots=True)
class Header:
    """What a column's name says: its concepts, and the words that say nothing to us."""

    concepts: frozenset[str]
    unknown: tuple[str, ...]


def fold(name: str) -> str:
    """Lower-case words without accents, one blank apart: what two spellings of a name have in common.

    >>> fold("Réf. Client"), fold("N°_Commande"), fold("UnitPrice"), fold("Order #")
    ('ref client', 'no commande', 'unit price', 'order no')
    """
    name = re.sub(r"\.\$\w+$", "", name)  # MongoDB wraps what JSON cannot tell: total.$numberDecimal
    name = re.sub(r"(?<![^\W\d_])[kKM] ?(?:[€$£]|(?:EUR|USD|GBP|CHF)\b)", " thousands ", name)
    name = re.sub(r"[°º№#]", " no ", name.replace("N°", "°").replace("n°", "°").replace("Nº", "º"))
    name = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-Z][a-zà-ÿ])|(?<=[a-zà-ÿ])(?=[A-Z])", " ", name)
    name = name.replace("%", " percent ")
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("’", "'"))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return " ".join(re.findall(r"[a-z0-9]+|[^\W\d_]+", letters))


@lru_cache(maxsize=4096)
def read_header(name: str) -> Header:
    """The concepts of a column's name."""
    phrases, noise = _phrases(), _lexicon()["noise"]
    if whole := phrases.get(fold(name)):  # a phrase may hang on its small word: « Facturé à »
        return Header(frozenset([whole]), ())
    # French keeps small words inside phrases ("mode de paiement"): phrases are matched without them.
    words = [word for word in fold(name).split() if word not in noise] or fold(name).split()
    concepts: list[str] = []
    unknown: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(4, len(words) - at), 0, -1):
            concept = phrases.get(" ".join(words[at : at + length]))
            if concept:
                concepts.append(concept)
                at += length
                break
        else:
            pieces = _pieces(words[at])
            concepts.extend(pieces)
            if not pieces and not words[at].isdigit():
                unknown.append(words[at])
            at += 1
    if _HOW_MANY & {*words[:1]} and _OF_SALES & {*words[1:]}:  # `NumWebPurchases` counts, and numbers none
        concepts = [each for each in concepts if each != "id"] + ["count"]
    if "percent" in concepts:
        for concept, short in _lexicon()["beside_percent"].items():
            if meant := [word for word in words if word in short]:
                concepts = [each for each in concepts if each != "description"] + [concept]
                unknown = [word for word in unknown if word not in meant]
    return Header(frozenset(concepts), tuple(unknown))


@cache
def _lexicon() -> dict[str, Any]:
    text = resources.files("vitrail.collection.guessing").joinpath("lexicon.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _phrases() -> dict[str, str]:
    """Every word and phrase → its concept."""
    found: dict[str, str] = {}
    for concept, words in _lexicon()["words"].items():
        for word in words:
            if word in found:
                raise ValueError(f"lexicon.toml: {word!r} stands for both {found[word]!r} and {concept!r}")
            found[word] = concept
    return found


def _pieces(word: str) -> tuple[str, ...]:
    """The concepts of a run-together word whose every piece is known; empty where there is no such cut."""
    glued = {phrase.replace(" ", ""): concept for phrase, concept in _phrases().items()}
    if word in glued:
        return (glued[word],)
    for cut in range(len(word) - 1, 1, -1):
        head, tail = word[:cut], word[cut:]
        # a piece of two letters is believed only if it is one of the usual beginnings or endings
        if (len(head) > 2 or head in {"id", "no", "dt", "mt", "cd"}) and head in glued:
            if tail in glued and (len(tail) > 2 or tail in {"id", "no", "at", "nr", "ht", "dt", "cd"}):
                return glued[head], glued[tail]
            rest = _pieces(tail) if len(tail) > 4 else ()
            if rest:
                return glued[head], *rest
    return ()
