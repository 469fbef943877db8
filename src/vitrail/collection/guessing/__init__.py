"""Recognising what a file holds: its table and its columns, by name, by content and by what fits together.

headers, names     what a column's name says, in English and French (lexicon.toml, patterns.toml)
content            whether what it holds can be that
presets            exports that are known by their columns (presets.toml)
evidence           what only the rows can tell: quantity × price = amount, one row a line …
habits             `1.234` read as the rest of the file is written
unnamed            columns that have no name at all
products           a bare `Référence` that is the product's
choosing, guess    all of it weighed into one answer, with its reasons
registers          whether a row is a customer rather than a sale
grouped            what is written once for the rows below
layout, amounts    how rows stand to their orders, and which amount is a row's own (discounted, reduced: the
                   one that is left of another)
computed           amounts that several columns make: less a discount, debit and credit; formulas says them
conditions         which rows are no plain sale: credit notes, quotes, totals, what was called off
                   (kinds, credits, flags)
customers          who the customer of a row is; people: the code that comes back on other days
currency           what money the amounts are
answers, questions  what a guess is made of, and what a person might decide otherwise
missing            what to say when a needed column is not there
"""

from vitrail.collection.guessing.answers import ColumnGuess, ComputedGuess, Question, SourceGuess
from vitrail.collection.guessing.evidence import Evidence, RelationEvidence
from vitrail.collection.guessing.guess import guess_register, guess_source

__all__ = [
    "ColumnGuess",
    "ComputedGuess",
    "Evidence",
    "Question",
    "RelationEvidence",
    "SourceGuess",
    "guess_register",
    "guess_source",
]
