"""How the files given to `vitrail init` hang together, told by the values that they share.

The customers' register joins the orders by a code, by the e-mail address, or by any of its columns that names
each row once and whose values the orders know. Lines and payments join the orders by their number. Where a
code is written in two ways (see `vitrail.workspace.codes`) both are read as `code`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vitrail.collection.guessing import ColumnGuess, Question, SourceGuess, guess_register
from vitrail.collection.guessing.choosing import Reports
from vitrail.collection.guessing.headers import read_header
from vitrail.collection.model import TABLES
from vitrail.engine import Engine
from vitrail.errors import SourceError
from vitrail.findings import Finding
from vitrail.workspace.codes import (
    ENOUGH,
    MOST,
    count_keys,
    read_one_way,
    read_sales_one_way,
    share_keys,
)
from vitrail.workspace.drafting import DraftedSource
from vitrail.workspace.grouping import Group

_SAME = 0.999
_NEARLY = 0.9  # of the rows of a register are of another person
_PRICES = ({"amount"}, {"quantity", "unit_price"})
_MOST_ACCOUNTS = 20  # of one person, on average
_GOODS = {"product_id", "product_name", "quantity"}


def align_keys(engine: Engine, sources: list[DraftedSource]) -> tuple[list[DraftedSource], list[Finding]]:
    """Give orders and customers the same key: the one most of whose values are on both sides.

    The customer's code wins over the e-mail address where both fit alike. A register that shares nothing
    with the orders is kept, and said; it is left out where another register fits.
    """
    sales = [source for source in sources if "customer_id" in source.guess.columns and not _register(source)]
    registers = [source for source in sources if _register(source)]
    strangers: list[DraftedSource] = []
    said: list[Finding] = []
    for source in registers if sales else ():
        shares = {
            key: share_keys(engine, (sales[0], key), (source, key))
            for key in ("customer_id", "email")
            if all(key in each.guess.columns for each in (*sales, source))
        }
        best = max(shares, key=lambda key: (shares[key], key == "customer_id"), default=None)
        by_email = best == "email" and shares[best] >= ENOUGH
        if best is not None and shares[best] >= ENOUGH:
            aligned = [_by_email(each) for each in (*sales, source)] if by_email else []
            aligned = aligned or _by_known_code(engine, sales[0], source)
        else:
            aligned = _by_other_codes(engine, sales, source)
        if not by_email:
            fits = bool(aligned) or (best is not None and shares[best] >= ENOUGH)
            both = put_sources([*sales, source], aligned)
            alike, collisions = read_one_way(engine, both[:-1], both[-1:], "customer_id", joined=fits)
            aligned, said = put_sources(aligned, alike), [*said, *collisions]
            if not fits and not alike and best is not None:
                strangers.append(source)
        if source not in strangers and not by_email:
            sale, register = put_sources([sales[0], source], aligned)[:2]
            aligned = put_sources(aligned, _by_people(engine, sale, register, source))
        sources, sales = put_sources(sources, aligned), put_sources(sales, aligned)
    if sales:
        known = [each for each in sources if _register(each) and each not in strangers]
        aligned, doubts = read_sales_one_way(engine, sales, known)
        sources, said = put_sources(sources, aligned), [*said, *doubts]
    fits = len(registers) > len(strangers)
    code = "init_register_left_out" if fits else "init_no_overlap"
    told = {"orders": sales[0].guess.name} if strangers else {}
    findings = [Finding(code, "warning", each.guess.name, told) for each in strangers]
    left = {each.guess.name for each in strangers if fits}
    return [each for each in sources if each.guess.name not in left], [*findings, *said]


def join_parts(
    engine: Engine, sources: list[DraftedSource]
) -> tuple[list[DraftedSource], list[DraftedSource]]:
    """The sources whose rows are orders, or belong to them by their number; then those of other things.

    What says neither customer nor date and whose numbers no order bears is no sale, nor is what lacks one of
    customer, date and money that nothing of its number brings (requests for help, a price list). Payments are
    none either, beside orders or lines with money of their own.
    """
    parts = [each for each in sources if _is_part(each.guess)]
    whole = [each for each in sources if not _register(each) and each not in parts]
    numbered = [each for each in whole if "order_id" in each.guess.columns]
    if not numbered:
        return sources, []
    known: list[DraftedSource] = []
    for part in parts:
        fits = any(_is_joined(engine, part, each) for each in numbered)
        aligned = read_one_way(engine, [part], numbered, "order_id", joined=fits)[0]
        sources, numbered = put_sources(sources, aligned), put_sources(numbered, aligned)
        known += put_sources([part], aligned)[:1] if fits or aligned else []
    goods = [each for each in known if _GOODS & each.guess.columns.keys()]
    priced = any(_has_money(each.guess) for each in (*whole, *goods))
    kept = {each.guess.name for each in (goods if priced else known)}
    gone = [each for each in parts if each.guess.name not in kept]
    lone = [
        each
        for each in whole
        if TABLES[each.guess.table].missing(each.guess.known)
        and not any(_is_joined(engine, each, other) for other in (*numbered, *known) if other is not each)
    ]
    gone += lone if len(lone) < len(whole) else []
    return [each for each in sources if each.guess.name not in {one.guess.name for one in gone}], gone


def _is_joined(engine: Engine, one: DraftedSource, other: DraftedSource) -> bool:
    """Whether most numbers of one of two sources are known to the other: fewer may be another shop's."""
    if not all("order_id" in each.guess.columns for each in (one, other)):
        return False
    keys = ((one, "order_id"), (other, "order_id"))
    return share_keys(engine, *keys) >= MOST or share_keys(engine, *reversed(keys)) >= MOST


def tell_registers(engine: Engine, sources: list[DraftedSource]) -> list[DraftedSource]:
    """The sources, with registers that pass for orders (`id`, `Created`, `Total spent`) told by the orders.

    Each of their rows has a number and a person of its own, and most customers of another source are among
    the numbers.
    """
    for source in [each for each in sources if not _register(each)]:
        columns, reports = source.guess.columns, source.reports
        keys = [columns[model].source for model in ("order_id", "customer_id") if model in columns]
        if len(keys) < 2 or not all(reports[name].unique for name in keys):
            continue
        others = [each for each in sources if each is not source and not _register(each)]
        others = [each for each in others if "customer_id" in each.guess.columns]
        if any(share_keys(engine, (each, "customer_id"), (source, "order_id")) >= MOST for each in others):
            guess = guess_register(source.guess.name, reports, keys[0])
            sources = put_sources(sources, [replace(source, guess=guess)])
    return sources


def find_register(
    engine: Engine, group: Group, reports: Reports, sales: Sequence[DraftedSource]
) -> list[DraftedSource]:
    """A file that nothing else was seen in as the customers' register, by a column that the orders know.

    Returns the sources that change with it, itself among them; none where no column is known.
    """
    sales = [each for each in sales if "customer_id" in each.guess.columns]
    for key in _unique(reports, _NEARLY) if sales else ():
        try:
            guess = guess_register(group.name, reports, key)
        except SourceError:
            return []
        source = DraftedSource(guess, group.files, group.read, reports, group.sheet)
        for sale in _codes(sales[0]) if len(sales) == 1 else sales:
            if share_keys(engine, (sale, "customer_id"), (source, "customer_id")) >= MOST:
                return [sale, source]
        if aligned := read_one_way(engine, sales, [source], "customer_id")[0]:
            return aligned
    return []


def _register(source: DraftedSource) -> bool:
    return source.guess.table == "customers"


def _is_part(guess: SourceGuess) -> bool:
    return guess.table != "customers" and not {"customer_id", "ordered_at"} & guess.columns.keys()


def _has_money(guess: SourceGuess) -> bool:
    return any(needed <= set(guess.known) for needed in _PRICES)


def put_sources(sources: list[DraftedSource], changed: Sequence[DraftedSource]) -> list[DraftedSource]:
    """The sources with those of the same name in `changed` instead, and those of new names after them."""
    by_name = {each.guess.name: each for each in changed}
    kept = [by_name.pop(each.guess.name, each) for each in sources]
    return [*kept, *by_name.values()]


def _unique(reports: Reports, share: float = 1.0) -> list[str]:
    """The columns that name each row once, or at least that share of rows; those of all rows first."""
    found = [
        source
        for source, report in reports.items()
        if report.filled > 1
        and (report.unique or report.distinct > share * report.filled)
        and report.reading.kind in ("text", "number")
    ]
    return sorted(found, key=lambda source: not reports[source].unique)


def _codes(source: DraftedSource) -> Iterator[DraftedSource]:
    """The source by each of the columns that may be its customer, the likeliest first."""
    yield source
    customer = source.guess.columns["customer_id"]
    for name in customer.alternatives:
        yield _by_code(source, name)


def _by_code(source: DraftedSource, name: str) -> DraftedSource:
    guess = source.guess
    reason = Finding("guess_known_by_others", "info", "customer_id")
    columns = {model: each for model, each in guess.columns.items() if each.source != name}
    columns = {"customer_id": ColumnGuess(name, 0.9, reason)} | {
        model: each for model, each in columns.items() if model != "customer_id"
    }
    left = tuple(each for each in guess.unsure if not each.key.endswith(".columns.customer_id"))
    return replace(source, guess=replace(guess, columns=columns, unsure=left))


def _by_other_codes(
    engine: Engine, sales: Sequence[DraftedSource], register: DraftedSource
) -> list[DraftedSource]:
    """Orders and register by the columns that most of both share, codes before names; none where none do."""
    found: list[tuple[float, int, list[DraftedSource]]] = []
    keys = [register] if "customer_id" in register.guess.columns else []
    keys += [_by_code(register, name) for name in _unique(register.reports)]
    for sale in _codes(sales[0]) if len(sales) == 1 else sales[:1]:
        for key in keys:
            share = share_keys(engine, (sale, "customer_id"), (key, "customer_id"))
            named = (each.guess.columns["customer_id"].source for each in (sale, key))
            codes = sum("id" in read_header(name).concepts for name in named)
            found += [(share, codes, [sale, key])] if share >= ENOUGH else []
    return max(found, key=lambda each: each[:2], default=(0, 0, []))[2]


def _by_known_code(engine: Engine, sale: DraftedSource, register: DraftedSource) -> list[DraftedSource]:
    """The register without the question which code is the customer's, if orders know only the one taken."""
    guess, known = register.guess, register.guess.columns["customer_id"]
    others = [_by_code(register, name) for name in known.alternatives]
    ours = (sale, "customer_id")
    if not others or any(share_keys(engine, ours, (each, "customer_id")) >= ENOUGH for each in others):
        return []
    left = tuple(each for each in guess.unsure if not each.key.endswith(".columns.customer_id"))
    columns = {**guess.columns, "customer_id": replace(known, alternatives=())}
    return [replace(register, guess=replace(guess, columns=columns, unsure=left))]


def _by_people(
    engine: Engine, sale: DraftedSource, register: DraftedSource, before: DraftedSource
) -> list[DraftedSource]:
    """The register with whoever is behind the code that orders know, which is an account, as the customer.

    Where that code is another on each order and each has one row (Olist's `customer_id`), the customer is who
    comes back: another code that could be the customer's, which no order knows and fewer have
    (`customer_unique_id`). It is asked. Where the code comes back by itself, it is only said.

    Args:
        before: the register as recognised alone, which tells the other codes.
    """
    guess, known = register.guess, register.guess.columns["customer_id"]
    alone = before.guess.columns.get("customer_id", known)
    names = [name for name in (alone.source, *alone.alternatives) if name != known.source]
    others = {name: _by_code(register, name) for name in names}
    if not others or any(
        share_keys(engine, (sale, "customer_id"), (each, "customer_id")) >= ENOUGH for each in others.values()
    ):
        return []
    codes = count_keys(engine, register, "customer_id")
    people = {name: count_keys(engine, each, "customer_id") for name, each in others.items()}
    fewer = [name for name in others if people[name] < codes]
    if not fewer:
        return []
    other, source = fewer[0], known.source
    figures = {"column": source, "other": other, "people": people[other], "codes": codes}
    enough = people[other] > 1 and people[other] * _MOST_ACCOUNTS >= codes
    if not enough or not register.reports[source].unique or not _is_new_each_time(engine, sale):
        said = Finding("init_people_behind_codes", "warning", guess.name, figures)
        return [replace(register, guess=replace(guess, findings=(*guess.findings, said)))]
    account = replace(known, reason=Finding("guess_account", "info", "account_id"), alternatives=())
    person = ColumnGuess(other, 0.9, Finding("guess_person", "info", "customer_id"), (source,))
    rest = {model: each for model, each in guess.columns.items() if each.source not in (source, other)}
    key = f"sources.{guess.name}.columns.customer_id"
    left = tuple(each for each in guess.unsure if each.key != key)
    asked = Question(key, "ask_person", (other, source), other, {"source": guess.name, **figures})
    columns = {"account_id": account, "customer_id": person, **rest}
    return [replace(register, guess=replace(guess, columns=columns, unsure=(asked, *left)))]


def _is_new_each_time(engine: Engine, sale: DraftedSource) -> bool:
    """Whether the customer's code is another on each order."""
    numbered = "order_id" in sale.guess.columns
    orders = count_keys(engine, sale, "order_id") if numbered else sale.read.accepted
    return count_keys(engine, sale, "customer_id") >= _SAME * orders


def _by_email(source: DraftedSource) -> DraftedSource:
    """The source with the e-mail address as its customer."""
    guess: SourceGuess = source.guess
    email = guess.columns["email"]
    reason = Finding("init_email_fits", "info", "customer_id")
    columns = {**guess.columns, "customer_id": ColumnGuess(email.source, email.score, reason)}
    left = tuple(each for each in guess.unsure if not each.key.endswith(".columns.customer_id"))
    return replace(source, guess=replace(guess, columns=columns, unsure=left))
