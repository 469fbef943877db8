"""Pictures of groups on dataframes: `vitrail.portfolio(orders)`, `journeys`, `seasonality` and the like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vitrail import i18n
from vitrail.errors import DataError
from vitrail.findings import Finding
from vitrail.library.orders import COMMON, segmented_orders
from vitrail.library.results import FrameResult
from vitrail.plan import Picture
from vitrail.workspace.analyses import take_picture
from vitrail.workspace.context import Result

_SHOWN: Mapping[str, Mapping[str, str]] = {
    "portfolio": {
        "segment": "report_column_segment", "name": "portfolio_column_item",
        "members": "pictures_column_customers", "buyers": "portfolio_column_buyers",
        "penetration": "pictures_column_share", "others_penetration": "portfolio_column_others",
        "verdict": "portfolio_column_verdict",
    },
    "journeys": {
        "segment": "report_column_segment", "step": "journeys_column_step",
        "source": "journeys_column_source", "target": "journeys_column_target",
        "customers": "pictures_column_customers",
    },
    "seasonality": {
        "segment": "report_column_segment", "month": "seasonality_column_month",
        "orders": "seasonality_column_orders",
    },
    "ages": {
        "segment": "report_column_segment", "band": "ages_column_band", "gender": "ages_column_gender",
        "customers": "pictures_column_customers",
    },
    "regions": {
        "segment": "report_column_segment", "name": "regions_column_place",
        "customers": "pictures_column_customers", "share": "pictures_column_share",
    },
}  # fmt: skip
"""By picture, the columns a notebook shows and the sentences that name them."""

_SHARES = ("penetration", "others_penetration")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PictureOfFrame(FrameResult):
    """A picture of groups.

    Args:
        name: which one.
        result: what was found; see the module of `vitrail.insight` of that name.
        findings: what a person should know.
        as_of: the day the figures speak of.
    """

    name: Picture
    result: Result
    findings: tuple[Finding, ...]
    as_of: dt.date
    language: i18n.Language = "en"
    currency: str | None = None

    def to_arrow(self) -> pa.Table:
        """Its figures, a row each."""
        return self.result.to_arrow()

    def to_dict(self) -> Mapping[str, Any]:
        """All of it as plain data."""
        return self.result.to_dict()

    def _headline(self) -> str:
        return f"{self.name} as of {self.as_of}: {self.to_arrow().num_rows} rows"

    def _render(self) -> str:
        from vitrail.reports.notebook import render_table

        everyone = i18n.text("pictures_everyone", self.language)
        names = {each["key"]: each["label"][self.language] for each in self.to_dict()["segments"]}
        shown = _SHOWN[self.name]
        rows = [
            {f"{key}_share" if key in _SHARES else key: row.get(key) for key in shown}
            | {"segment": names.get(row["segment"], everyone)}
            for row in self.to_arrow().to_pylist()
            if row.get("part", "month") == "month"
        ]
        labels = {
            f"{key}_share" if key in _SHARES else key: i18n.text(code, self.language)
            for key, code in shown.items()
        }
        return render_table(rows, labels, self.language, currency=self.currency)


def portfolio(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> PictureOfFrame:
    """Who buys what: the share of each segment that bought each category or product, and what is under-used.

    Args:
        orders: a dataframe of orders or order lines.
        as_of: the day the figures speak of; rows from then on do not exist. `latest`: after the newest.
        options: `of`, `within`, `most`, `least_buyers` as under `pictures: portfolio:` in the plan;
            `segmentation`, the block of one such as `{"method": "abc"}` (RFM unless given, None for the base
            as a whole); and `columns`, `customers`, `refunds`, `currency`, `language` as in `profiles`.

    Raises:
        VitrailError: a column is not recognised, an option is wrong, the data do not carry the picture.

    >>> import pyarrow as pa
    >>> lines = pa.table({"customer_id": ["ann", "bob", "ann"], "order_id": ["1", "2", "3"],
    ...     "ordered_at": [dt.datetime(2025, 1, day) for day in (1, 2, 3)], "amount": [10, 20, 30],
    ...     "category": ["tea", "tea", "cups"]})
    >>> found = portfolio(lines, as_of="2025-01-04", segmentation=None)
    >>> [(row["item"], row["buyers"], row["penetration"]) for row in found.to_arrow().to_pylist()]
    [('tea', 2, 1.0), ('cups', 1, 0.5)]
    """
    return _take("portfolio", orders, as_of, options)


def journeys(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> PictureOfFrame:
    """From one order to the next: what is bought then, and who does not come back.

    Args:
        orders, as_of: as in `portfolio`.
        options: `of`, `orders`, `most`, `patience` as under `pictures: journeys:`; the others of `portfolio`.

    Raises:
        VitrailError: as in `portfolio`.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "ann"], "amount": [10, 20, 30],
    ...     "channel": ["web", "shop", "shop"],
    ...     "ordered_at": [dt.datetime(2025, month, 1) for month in (1, 2, 3)]})
    >>> found = journeys(orders, as_of="2025-06-01", segmentation=None, patience="90 days", of="channel")
    >>> [(row["source"], row["target"], row["target_kind"]) for row in found.to_arrow().to_pylist()]
    [('shop', None, 'no_further_order'), ('web', 'shop', 'value'), ('shop', None, 'no_further_order')]
    """
    return _take("journeys", orders, as_of, options)


def seasonality(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> PictureOfFrame:
    """When customers buy: months, weekdays and hours, and the days between their orders.

    Args:
        orders, as_of: as in `portfolio`.
        options: `measure`, `least_orders` as under `pictures: seasonality:`; the others of `portfolio`.

    Raises:
        VitrailError: as in `portfolio`.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "ann"], "amount": [60, 30, 10],
    ...                    "ordered_at": [dt.datetime(2025, month, 1) for month in (1, 2, 2)]})
    >>> found = seasonality(orders, as_of="2025-03-01", segmentation=None).to_arrow().to_pylist()
    >>> [(row["month"].month, row["orders"]) for row in found if row["part"] == "month"]
    [(1, 1), (2, 2)]
    """
    return _take("seasonality", orders, as_of, options)


def ages(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> PictureOfFrame:
    """The age pyramid: how many customers of each age and gender.

    Args:
        orders, as_of: as in `portfolio`.
        options: `customers`, a dataframe with their birth dates or ages; `of`, `years`, `youngest`, `oldest`
            as under `pictures: ages:`; the others of `portfolio`.

    Raises:
        VitrailError: as in `portfolio`; no age is known.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob"], "amount": [60, 30],
    ...                    "ordered_at": [dt.datetime(2025, month, 1) for month in (1, 2)]})
    >>> people = pa.table({"customer_id": ["ann", "bob"],
    ...                    "birth_date": [dt.date(1990, 5, 1), dt.date(1958, 5, 1)]})
    >>> found = ages(orders, as_of="2025-03-01", segmentation=None, customers=people).to_arrow().to_pylist()
    >>> [row["band"] for row in found if row["customers"]]
    ['30-39', '60-69']
    """
    return _take("ages", orders, as_of, options)


def regions(orders: Any, as_of: dt.date | str = "latest", **options: Any) -> PictureOfFrame:
    """Where customers are: by country, region or department.

    Args:
        orders, as_of: as in `portfolio`.
        options: `of`, `country`, `most` as under `pictures: regions:`; the others of `portfolio`.

    Raises:
        VitrailError: as in `portfolio`; no place is known.

    >>> import pyarrow as pa
    >>> orders = pa.table({"customer_id": ["ann", "bob", "cy"], "amount": [60, 30, 10],
    ...                    "country": ["Spain", "Italy", "Spain"],
    ...                    "ordered_at": [dt.datetime(2025, month, 1) for month in (1, 2, 3)]})
    >>> found = regions(orders, as_of="2025-04-01", segmentation=None).to_arrow().to_pylist()
    >>> [(row["name"], row["customers"]) for row in found]
    [('Spain', 2), ('Italy', 1)]
    """
    return _take("regions", orders, as_of, options)


def _take(name: Picture, orders: Any, as_of: dt.date | str, options: Mapping[str, Any]) -> PictureOfFrame:
    common: Any = {key: value for key, value in options.items() if key in COMMON}
    own = {key: value for key, value in options.items() if key not in (*COMMON, "segmentation")}
    cut = options.get("segmentation", {"method": "rfm"})
    blocks = {"segmentations": {} if cut is None else {"segment": cut}, "pictures": {name: own}}
    with segmented_orders(name, orders, as_of, common, blocks) as found:
        take = take_picture(name, found.context)
        result, findings = take() if take else (None, ())
        if result is None:
            raise DataError(Finding(f"picture_not_carried_{name}", "error", name))
        language, currency = options.get("language", "en"), options.get("currency")
        return PictureOfFrame(name, result, (*found.notes, *findings), found.as_of, language, currency)
