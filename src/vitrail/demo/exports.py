"""The files of the demo shop as its back office exports them: English or French habits, all cells text."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from vitrail.demo.people import People
from vitrail.demo.purchases import Lines
from vitrail.demo.world import Integers, World
from vitrail.i18n import Language

Columns = dict[str, pa.Array]

_DAY = {"en": "%Y-%m-%d", "fr": "%d/%m/%Y"}
_MOMENT = {"en": "%Y-%m-%d %H:%M", "fr": "%d/%m/%Y %H:%M"}
_BUTTERFLY = 41  #: the customer whose first name carries an emoji, as one always does


def compose_orders(world: World, people: People, lines: Lines, language: Language) -> Columns:
    """The order lines by model column: text of shape (lines + 1,), the last a test order."""
    words = world.words
    products = [*(_said(pair, language) for pair in world.products), _said(words["sample"], language)]
    categories = [*(_said(pair, language) for pair in world.categories), None]
    codes = [*(f"P{number:03d}" for number in range(101, 101 + len(world.products))), "SAMPLE"]
    order_numbers = pc.binary_join_element_wise(
        _chosen(["", "R"], (lines.order < 0).astype(np.int64)),
        pa.array(10_001 + np.where(lines.order < 0, -1 - lines.order, lines.order)).cast(pa.string()),
        "",
    )
    known = pa.array(lines.person < people.known)
    total = lines.units * lines.price_cents - lines.discount_cents
    columns = {
        "order_id": order_numbers,
        "ordered_at": _times(world, lines.at_seconds, _MOMENT[language]),
        "customer_id": pc.if_else(known, _customer_numbers(lines.person), pa.scalar(None, pa.string())),
        "product_id": _chosen(codes, lines.product),
        "product_name": _chosen(products, lines.product),
        "category": _chosen(categories, lines.product),
        "quantity": pa.array(lines.units).cast(pa.string()),
        "unit_price": _amounts(lines.price_cents, language),
        "discount_amount": _amounts(lines.discount_cents, language),
        "amount": _amounts(total, language),
        "status": _chosen([_said(pair, language) for pair in words["statuses"]], lines.status),
        "channel": _chosen([_said(pair, language) for pair in words["channels"]], lines.channel),
        "payment_method": _chosen([_said(p, language) for p in words["payment_methods"]], lines.payment),
        "discount_code": _chosen([*words["codes"], None], lines.code),
    }
    test = {
        **{name: column[-1].as_py() for name, column in columns.items()},
        "order_id": "TEST-1",
        "customer_id": "C00000",
        "product_id": "TEST",
        "product_name": _said(words["test_product"], language),
        "quantity": "100",
        "unit_price": _amounts(np.array([9_999]), language)[0].as_py(),
        "discount_amount": _amounts(np.array([0]), language)[0].as_py(),
        "amount": _amounts(np.array([999_900]), language)[0].as_py(),
    }
    return {
        name: pa.concat_arrays([column, pa.array([test[name]], pa.string())])
        for name, column in columns.items()
    }


def compose_customers(world: World, people: People, rng: np.random.Generator, language: Language) -> Columns:
    """What is known of each customer by model column: text of shape (customers,)."""
    words, known = world.words, people.known
    kind = people.type[:known]
    arrives = people.arrives[:known].astype(np.int64)
    first = rng.integers(0, len(words["first_names"]), known)
    last = rng.integers(0, len(words["last_names"]), known)
    first_names = [*words["first_names"], "Zoé \N{BUTTERFLY}"]
    address = pc.binary_join_element_wise(
        _chosen([_plain(name) for name in words["first_names"]], first),
        _chosen([_plain(name) for name in words["last_names"]], last),
        pa.array(np.arange(1, known + 1)).cast(pa.string()),
        ".",
    )
    domains = _chosen(words["domains"], rng.integers(0, len(words["domains"]), known))
    earlier = np.where(rng.random(known) < 0.7, 0, rng.integers(1, 21, known))
    country, region, postal_code = _draw_places(world, rng, known, language)
    ages = world.facts["age"][kind]
    age_days = np.clip(rng.normal(ages, 11, known), 18, 92) * 365.25 + rng.integers(0, 365, known)
    birthday = _times(world, ((world.days - age_days) * 86_400).astype(np.int64), _DAY[language])
    silent = pa.array((rng.random(known) < 0.12) | (ages == 0))
    heard = rng.choice(5, size=known, p=[0.34, 0.26, 0.18, 0.14, 0.08])
    refuses = (rng.random(known) < np.where(ages == 0, 0.8, 0.42)).astype(np.int64)
    first[_BUTTERFLY : _BUTTERFLY + 1] = len(words["first_names"])
    return {
        "customer_id": _customer_numbers(np.arange(known)),
        "first_name": _chosen(first_names, first),
        "last_name": _chosen(words["last_names"], last),
        "email": pc.binary_join_element_wise(address, domains, "@"),
        "signed_up_at": _times(world, np.maximum(arrives - earlier, 0) * 86_400, _DAY[language]),
        "birth_date": pc.if_else(silent, pa.scalar(None, pa.string()), birthday),
        "country": country,
        "region": region,
        "postal_code": postal_code,
        "acquisition_channel": _chosen([_said(p, language) for p in words["acquisition_channels"]], heard),
        "accepts_marketing": _chosen([_said(pair, language) for pair in words["yes_no"]], refuses),
    }


def compose_truth(world: World, people: People) -> Columns:
    """What no export knows: each customer's type, own pace, and the day they stopped, if they did."""
    known = people.known
    stopped = people.leaves[:known] < world.days
    left = _times(world, (people.leaves[:known] * 86_400).astype(np.int64), _DAY["en"])
    pace = pa.array(np.rint(people.orders_per_year[:known] * 100).astype(np.int64))
    return {
        "customer_id": _customer_numbers(np.arange(known)),
        "type": _chosen(world.types, people.type[:known]),
        "orders_per_year": _decimals(pace),
        "stopped_on": pc.if_else(pa.array(stopped), left, pa.scalar(None, pa.string())),
    }


def render_csv(columns: Mapping[str, pa.Array], headers: Sequence[str], language: Language) -> bytes:
    """A CSV file: commas and UTF-8 in English; semicolons, cp1252 and CRLF in French, as Excel saves it.

    A character that cp1252 does not have becomes `?`, which is what such an export does.
    """
    delimiter = ";" if language == "fr" else ","
    table = pa.table(list(columns.values()), names=list(headers))
    buffer = io.BytesIO()
    csv.write_csv(
        table,
        buffer,
        csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style="needed"),
    )
    text = delimiter.join(headers) + "\n" + buffer.getvalue().decode()
    return text.replace("\n", "\r\n").encode("cp1252", "replace") if language == "fr" else text.encode()


def _draw_places(
    world: World, rng: np.random.Generator, count: int, language: Language
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Country, region and postal code (with its leading zeros) of each of `count` customers."""
    places = world.words["places"]
    weights = np.array([weight for *_, weight in places], dtype=float)
    where = rng.choice(len(places), size=count, p=weights / weights.sum())
    low = np.array([int(place[3]) for place in places])[where]
    high = np.array([int(place[4]) for place in places])[where]
    code = pa.array(low + (rng.random(count) * (high - low) / 10).astype(np.int64) * 10).cast(pa.string())
    long = pa.array(np.array([len(place[3]) == 5 for place in places])[where])
    padded = pc.if_else(long, pc.utf8_lpad(code, 5, "0"), pc.utf8_lpad(code, 4, "0"))
    countries = [_said(place[:2], language) for place in places]
    return _chosen(countries, where), _chosen([place[2] for place in places], where), padded


def _said(pair: Sequence[str], language: Language) -> str:
    return pair[1 if language == "fr" else 0]


def _chosen(options: Sequence[str | None], which: Integers) -> pa.Array:
    """The option of each index; −1 is the last."""
    return pa.array(options, pa.string()).take(pa.array(which % len(options)))


def _customer_numbers(people: Integers) -> pa.Array:
    return pc.binary_join_element_wise("C", pc.utf8_lpad(pa.array(people + 1).cast(pa.string()), 5, "0"), "")


def _times(world: World, seconds: Integers, pattern: str) -> pa.Array:
    """Moments given in seconds since the shop opened, as text."""
    moments = np.datetime64(world.first_day, "s") + seconds.astype("timedelta64[s]")
    return pc.strftime(pa.array(moments), format=pattern)


def _amounts(cents: Integers, language: Language) -> pa.Array:
    text = _decimals(pa.array(cents))
    return pc.replace_substring(text, ".", ",") if language == "fr" else text


def _decimals(hundredths: pa.Array) -> pa.Array:
    unit = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
    return pc.multiply(hundredths.cast(pa.decimal128(19, 0)), unit).cast(pa.string())


def _plain(name: str) -> str:
    """A name as it stands in an address: no accents, capitals or signs."""
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
