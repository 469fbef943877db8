"""Which price is left of another once reduced: by its name, and by how the two stand to each other."""

from __future__ import annotations

from vitrail.collection.guessing.evidence import Evidence
from vitrail.collection.guessing.headers import read_header

_PRICE = frozenset({"price", "unit_price"})
_REDUCED = frozenset({"net", "voucher", "payment"})
_BESIDE = frozenset({"unit", "product", "line", "revenue"})
_LAST = frozenset({"final", "special", "effective", "actual", "sold", "after"})
_NEARLY, _ALWAYS, _SOME = 0.9, 0.995, 0.02


def is_reduced_price(listed: str, asked: str, evidence: Evidence) -> bool:
    """Whether column `asked` has what is left of the prices in `listed`.

    One that names a reduction is half of it or more on nearly each row, and never above. Any other net or
    final price is never above, equal on some rows and below on others: a tax would part them on nearly all.
    """
    said, words = read_header(asked).concepts, set(read_header(asked).unknown)
    names = {"listed": listed, "asked": asked}
    if not said & _PRICE:
        return False
    if "discount" in said:
        near = "asked between listed / 2 and listed"
        return evidence.share(near, "asked is not null and listed > 0", names) >= _NEARLY
    told = said & _REDUCED or words & _LAST
    if not told or not said <= _PRICE | _REDUCED | _BESIDE or not words <= _LAST:
        return False
    if "gross" in read_header(listed).concepts:
        return False
    if evidence.share("asked <= listed + 0.005", "listed > 0", names) < _ALWAYS:
        return False
    return _SOME <= evidence.share("asked < listed - 0.005", "listed > 0", names) <= 1 - _SOME
