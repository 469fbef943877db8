"""Claims about customers held against a dataframe with a row a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vitrail import i18n
from vitrail.engine import DuckDB
from vitrail.findings import Finding
from vitrail.library.frames import CUSTOMERS, check_language, check_mapping, register_customers
from vitrail.library.results import FrameResult
from vitrail.plan import HypothesisSpec, parse_block
from vitrail.statistics.adjusted import Effect
from vitrail.validation.hypotheses import HypothesesResult, Hypothesis, prepare_hypotheses


@dataclass(frozen=True, slots=True, repr=False)
class HypothesesAnswer(FrameResult):
    """What the data say of each claim.

    Args:
        hypotheses: in the order they were given.
        findings: what a person should know.
    """

    hypotheses: tuple[Hypothesis, ...]
    findings: tuple[Finding, ...]
    language: i18n.Language = "en"

    def __getitem__(self, key: str) -> Hypothesis:
        """A claim by its name.

        Raises:
            KeyError: there is none of that name.
        """
        for each in self.hypotheses:
            if each.key == key:
                return each
        raise KeyError(key)

    def to_arrow(self) -> pa.Table:
        """A row a claim."""
        return HypothesesResult(self.hypotheses).to_arrow()

    def to_dict(self) -> list[dict[str, Any]]:
        """A dict a claim."""
        return [each.to_dict() for each in self.hypotheses]

    def _headline(self) -> str:
        from vitrail.reports.analyses.hypotheses import tell_claim

        return "\n".join(tell_claim(each.to_dict(), self.language) for each in self.hypotheses)

    def _render(self) -> str:
        from vitrail.reports.analyses.hypotheses import render_claims

        return render_claims([each.to_dict() for each in self.hypotheses], self.language)


class HypothesisAnswer(HypothesesAnswer):
    """What the data say of one claim."""

    __slots__ = ()

    @property
    def verdict(self) -> str:
        """`supported`, `contradicted`, `undecided`, `negligible` or `not_estimable`."""
        return self.hypotheses[0].verdict

    @property
    def effect(self) -> Effect | None:
        """The difference with its interval; None where it cannot be estimated."""
        return self.hypotheses[0].effect


def hypothesis(
    customers: Any,
    *,
    who: str,
    kpi: str,
    language: i18n.Language = "en",
    **options: Any,
) -> HypothesisAnswer:
    """Whether certain customers differ from others in a KPI.

    Args:
        customers: a dataframe with a row a customer (a `customer_id` that comes twice is refused).
        who: the customers in question, an SQL condition over its columns.
        kpi: a column that is a number or a yes/no, or a condition.
        options: `compared_with`, `expect`, `adjust_for`, `matters_from`, `statement`, as in the plan.

    Returns:
        The answer: `verdict`, `effect` (`value`, `low`, `high` …), and `to_dict()` for all of it.

    Raises:
        VitrailError: a column is not known, an option is wrong.

    >>> import pyarrow as pa
    >>> customers = pa.table({"plan": ["free", "paid"] * 200, "left": [True, False, False, False] * 100})
    >>> found = hypothesis(customers, who="plan = 'paid'", kpi="left", expect="lower")
    >>> found.verdict, found.effect.value, round(found.effect.low, 3)
    ('supported', -0.5, -0.569)
    """
    check_language(language)
    options = {"statement": f"{who}: {kpi}", **options, "who": who, "kpi": kpi}
    hypotheses_, findings = _analyse(customers, {"hypothesis": options})
    return HypothesisAnswer(hypotheses_, findings, language)


def hypotheses(
    customers: Any, claims: Mapping[str, Mapping[str, Any]], *, language: i18n.Language = "en"
) -> HypothesesAnswer:
    """Several claims at once, so that their errors are bounded together; see `hypothesis`.

    Args:
        claims: by name, as under `hypotheses` in the plan; the statement may be missing.
    """
    check_language(language)
    given = {
        key: {"statement": f"{claim.get('who')}: {claim.get('kpi')}", **claim}
        for key, claim in check_mapping("claims", claims).items()
        for claim in (check_mapping(f"claims.{key}", claim),)
    }
    return HypothesesAnswer(*_analyse(customers, given), language)


def _analyse(
    customers: Any, claims: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[Hypothesis, ...], tuple[Finding, ...]]:
    specs = {key: parse_block(HypothesisSpec, dict(claim), key) for key, claim in claims.items()}
    with DuckDB() as engine:
        register_customers(engine, customers)
        hold = prepare_hypotheses(
            engine, specs, place=lambda path: path.removeprefix("hypotheses."), table=CUSTOMERS
        )
        result, findings = hold()
    return result.hypotheses, findings
