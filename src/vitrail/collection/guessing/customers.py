"""Who the customer of a row is: a code, or the e-mail address where that tells more customers apart.

Shops write orders made without an account as customer `0`, `Guest` or nothing at all. Taken as codes they
would be one giant customer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from vitrail.collection.guessing.answers import ColumnGuess
from vitrail.collection.guessing.choosing import Reports, find_code
from vitrail.collection.guessing.content import content_fit
from vitrail.collection.guessing.evidence import Crowd, Evidence
from vitrail.collection.guessing.headers import fold, read_header
from vitrail.findings import Finding

if TYPE_CHECKING:
    from vitrail.collection.values import ColumnReport

NOBODY = (
    "guest", "guest customer", "guest user", "guest checkout", "anonymous", "unregistered", "not logged in",
    "no customer", "walk-in", "walk-in customer", "invite", "client invite", "visiteur", "anonyme",
    "non inscrit", "sans compte", "sans client", "unknown", "inconnu", "client inconnu", "gast",
    "invitado", "ospite", "client de passage", "clients de passage", "passage", "client comptoir", "comptoir",
    "vente comptoir", "client divers", "clients divers", "client anonyme", "cash customer", "cash sale",
    "retail customer", "counter sale", "laufkunde", "laufkundschaft", "barverkauf", "cliente contado",
    "consumidor final", "cliente generico", "cliente occasionale", "passant",
    "null", "(null)", "\\n", "none", "nan", "<na>", "#n/a", "n/a",
)  # fmt: skip
"""What exports write, folded, in the place of a customer who is not known."""

CROWDS = ("0", "-1", "na", "-", "--", "?")
"""What might be a code: nobody's only where it has many more rows than any other."""

_ONE_FIRM = 0.95
_MOST_CODED = 0.95
_CROWD = 3
_MANY_ROWS, _MANY_MORE = 50, 10
_GOODS = frozenset({"product", "sku", "quantity", "unit_price", "category"})
_OF_WHOM = frozenset({"customer", "billing"})
_FULL_NAMES = ({"name"}, {"first_name", "last_name"}, {"first_name", "name"})


def name_email_as_customer(columns: dict[str, ColumnGuess], reports: Reports) -> dict[str, ColumnGuess]:
    """The e-mail address names the customer where no identifier does; a company, where neither does."""
    email, customer = columns.get("email"), columns.get("customer_id")
    if customer and email is None and reports[customer.source].email_share >= 0.5:
        return columns | {"email": replace(customer, reason=Finding("guess_emails", "info", "email"))}
    if email and "customer_id" not in columns:
        return columns | {"customer_id": _by_email(email, "guess_email_as_customer")}
    if customer is None and (company := _company(reports, {guess.source for guess in columns.values()})):
        reason = Finding("guess_company_as_customer", "warning", "customer_id")
        return columns | {"customer_id": ColumnGuess(company, 0.6, reason)}
    return columns


def _company(reports: Reports, taken: Collection[str]) -> str | None:
    """The column of several companies that has the most filled cells, one of codes before one of names."""
    known = []
    for source in sorted(reports):
        concepts, report = read_header(source).concepts, reports[source]
        about = "company" in concepts and concepts <= {"company", "id", "name", "billing", "invoice"}
        fits = report.distinct > 1 and report.reading.kind in ("text", "number")
        if about and fits and source not in taken:
            known.append((report.filled, "id" in concepts, source))
    return max(known, key=lambda each: each[:2])[2] if known else None


def settle_customer(
    columns: dict[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> tuple[dict[str, ColumnGuess], tuple[str, ...]]:
    """The columns, with the customer by code or by e-mail, and the values that stand for nobody.

    A name gives way to an e-mail address, for two people may share it; so does a column that names a group
    of customers, or a code that fewer rows have. Where there is no address a name is kept and said.
    """
    if "customer_id" not in columns and (person := _person(columns, reports, evidence)):
        return columns | {"customer_id": person}, ()
    customer, email = columns.get("customer_id"), columns.get("email")
    if customer is None or customer.reason.code == "guess_answered":
        return columns, ()
    if reports[customer.source].email_share >= 0.5:
        return columns, ()
    told_by = email.source if email and email.source != customer.source else None
    crowds = evidence.crowds(customer.source, (*NOBODY, *CROWDS), told_by)
    said, nobodies = reports[customer.source], _nobodies(crowds)
    is_code = "id" in read_header(customer.source).concepts
    is_name = not is_code and evidence.spaced_share(customer.source) > 0.5
    if not is_code and (whom := _whom_few_hide(said, columns, reports, evidence)):
        reason = Finding("guess_customer_is_name", "warning", "customer_id")
        return columns | {"customer_id": ColumnGuess(whom, 0.6, reason)}, ()
    if email and told_by:
        told = reports[told_by]
        if told.filled > said.filled - sum(nobodies.values()):
            return columns | {"customer_id": _by_email(email, "guess_email_for_guests")}, ()
        if told.filled == said.filled and (is_name or (not is_code and told.distinct > 2 * said.distinct)):
            if firm := _firm_of(told_by, reports, evidence):
                reason = Finding("guess_company_of_contacts", "warning", "customer_id")
                return columns | {"customer_id": ColumnGuess(firm, 0.6, reason, (told_by,))}, ()
            return columns | {"customer_id": _by_email(email, "guess_email_before_name")}, ()
    if is_code and (whom := _whom_all_bear(customer.source, columns, reports, evidence)):
        return settle_customer(columns | {"customer_id": replace(customer, source=whom)}, reports, evidence)
    if not is_code and (code := _code_beside(customer.source, reports)):
        return columns | {"customer_id": ColumnGuess(code, 0.75, Finding("guess_name", "info", ""))}, ()
    lone = not is_code and not is_name and _is_lone_last_name(customer.source, reports)
    if lone and (phone := _phone(columns, reports)) and reports[phone].distinct >= said.distinct:
        reason = Finding("guess_phone_before_last_name", "warning", "customer_id")
        return columns | {"customer_id": ColumnGuess(phone, 0.6, reason)}, ()
    if lone and (full := _full_names(columns, reports, evidence)):
        reason = Finding("guess_customer_is_name", "warning", "customer_id")
        return columns | {"customer_id": ColumnGuess(full[0], 0.6, reason)}, ()
    if is_name or lone:
        why = "guess_customer_is_name" if is_name else "guess_customer_is_last_name"
        reason = Finding(why, "warning", "customer_id")
        if code := find_code(customer.source, reports):
            reason = Finding("guess_customer_is_name_by_code", "warning", "customer_id", {"column": code})
        columns = columns | {"customer_id": replace(customer, score=0.6, reason=reason)}
    return columns, tuple(sorted(nobodies))


def _firm_of(contact: str, reports: Reports, evidence: Evidence) -> str | None:
    """The company of each row, where it has several contacts (an e-mail address each) and none has two."""
    firm = _company(reports, ())
    if firm is None or reports[firm].filled < reports[contact].filled:
        return None
    if 2 * reports[contact].distinct < 3 * reports[firm].distinct:
        return None
    fact = evidence.within(contact, [firm]).get(firm)
    return firm if fact and fact.constant > _ONE_FIRM else None


def _whom_few_hide(
    said: ColumnReport, columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> str | None:
    """The full names of many, where what passes for the customer is one of few on many rows: an account."""
    told = (read_header(source).concepts for source in reports)
    if said.distinct * _MANY_ROWS > said.filled or any(concepts & _GOODS for concepts in told):
        return None
    names = _full_names(columns, reports, evidence)
    return names[0] if names and reports[names[0]].distinct >= _MANY_MORE * said.distinct else None


def _whom_all_bear(
    code: str, columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence
) -> str | None:
    """The full name, one for each code, that rows bear of which many have no code: guests'."""
    if reports[code].filled >= _MOST_CODED * reports[code].rows:
        return None
    names = _full_names(columns, reports, evidence)[:1]
    if not names or reports[names[0]].filled <= reports[code].filled / _MOST_CODED:
        return None
    fact = evidence.within(code, names).get(names[0])
    return names[0] if fact and fact.constant > _ONE_FIRM else None


def _code_beside(name: str, reports: Reports) -> str | None:
    """The codes of the accounts that `name` names (`Account Code` beside `Account`), no ledger's accounts."""
    words = set(fold(name).split()) - {"name", "nom"}
    return next(
        (
            source
            for source in sorted(reports)
            if read_header(source).concepts == {"ledger"} and words < set(fold(source).split())
            if reports[source].distinct >= max(reports[name].distinct, 2)
        ),
        None,
    )


def _person(columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence) -> ColumnGuess | None:
    """Where no column says customer: the telephone, or else the full name, of whoever is on each row."""
    if phone := _phone(columns, reports):
        return ColumnGuess(phone, 0.6, Finding("guess_phone_as_customer", "warning", "customer_id"))
    if names := _full_names(columns, reports, evidence):
        return ColumnGuess(names[0], 0.6, Finding("guess_customer_is_name", "warning", "customer_id"))
    return None


def _names_goods(name: str, reports: Reports) -> bool:
    """Whether other columns give what `name` names a category or a price: `pizza_name`, `pizza_category`."""
    words = set(read_header(name).unknown)
    return any(
        words & set(read_header(other).unknown) and read_header(other).concepts & {"category", "price", "sku"}
        for other in reports
    )


def _full_names(columns: Mapping[str, ColumnGuess], reports: Reports, evidence: Evidence) -> list[str]:
    """The columns of people's full names that are nothing else, the fullest first."""
    taken = {guess.source for model, guess in columns.items() if model not in ("customer_id", "last_name")}
    names = [
        source
        for source in sorted(set(reports) - taken)
        if reports[source].distinct > 1
        and read_header(source).concepts - _OF_WHOM in _FULL_NAMES
        and not _names_goods(source, reports)
        and evidence.spaced_share(source) > 0.5
    ]
    return sorted(names, key=lambda each: -reports[each].filled)


def halves_of_names(columns: Collection[str]) -> dict[str, tuple[str, str]]:
    """The one column of first names and the one of last names that a file has, under the name of both."""
    found: dict[str, list[str]] = {"first_name": [], "last_name": []}
    for source in columns:
        concepts = read_header(source).concepts - _OF_WHOM
        if concepts == {"first_name"}:
            found["first_name"].append(source)
        elif concepts in ({"last_name"}, {"name"}):
            found["last_name"].append(source)
    if any(len(each) != 1 for each in found.values()):
        return {}
    first, last = found["first_name"][0], found["last_name"][0]
    whole = f"{first} {last}"
    return {} if whole in columns else {whole: (first, last)}


def _phone(columns: Mapping[str, ColumnGuess], reports: Reports) -> str | None:
    """The fullest column of telephone numbers that is nothing else."""
    taken = {guess.source for model, guess in columns.items() if model != "phone"}
    phones = [
        source
        for source in sorted(set(reports) - taken)
        if reports[source].distinct > 1
        and read_header(source).concepts in ({"phone"}, {"phone", "customer"}, {"phone", "billing"})
        and content_fit("phone", reports[source])
    ]
    return max(phones, key=lambda each: reports[each].filled, default=None)


def _is_lone_last_name(source: str, reports: Reports) -> bool:
    """Whether the column names people while their first names stand in another."""
    return bool(read_header(source).concepts & {"name", "last_name"}) and any(
        "first_name" in read_header(other).concepts for other in reports if other != source
    )


def _nobodies(crowds: Mapping[str, Crowd]) -> dict[str, int]:
    """Value → rows of what stands for nobody: a word that says so, or a crowd."""
    most = max((crowd.size for crowd in crowds.values() if not crowd.word), default=0)
    return {
        value: crowd.rows
        for value, crowd in crowds.items()
        if crowd.word in NOBODY or (crowd.word in CROWDS and crowd.size >= _CROWD * most > 0)
    }


def _by_email(email: ColumnGuess, why: str) -> ColumnGuess:
    return ColumnGuess(email.source, email.score, Finding(why, "info", "customer_id"))
