"""Words and figures in the reader's language. Imports nothing of Vitrail, so that everything may speak.

`sentences/*.toml` hold every sentence, both languages side by side; `text` fills one in; `formats` writes
numbers, money, shares and dates as the language writes them.
"""

from vitrail.i18n.formats import LANGUAGES, Language, day, duration_days, moment, money, number, percent
from vitrail.i18n.texts import environment_language, plain, sentences, text

__all__ = [
    "LANGUAGES",
    "Language",
    "day",
    "duration_days",
    "environment_language",
    "moment",
    "money",
    "number",
    "percent",
    "plain",
    "sentences",
    "text",
]
