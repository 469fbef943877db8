"""What an expression of a plan may be made of, and how what it may not is named."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

LONGEST_CHARACTERS = 20_000
MOST_TOKENS = 4_000
DEEPEST = 24
DEEPEST_TREE = 80
LONGEST_LITERAL = 1_000
LONGEST_PATTERN = 200
MOST_DIGITS = 38
MOST_WHOLE_DIGITS = 15
"""Of a whole number that is counted with: what the engine counts in holds three more, to multiply it by."""

_TWO = frozenset({"this", "expression"})
_ONE = frozenset({"this"})

_OPERATORS: dict[type[exp.Expr], frozenset[str]] = {
    **dict.fromkeys((exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _TWO),
    **dict.fromkeys((exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Escape), _TWO),
    **dict.fromkeys((exp.Like, exp.ILike), _TWO | {"negate"}),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod), _TWO),
    exp.Div: _TWO | {"typed", "safe"},
    exp.DPipe: _TWO | {"safe"},
    **dict.fromkeys((exp.Not, exp.Neg, exp.Paren, exp.Column), _ONE),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: _ONE,
    exp.Null: frozenset(),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true", "false"}),
    exp.Interval: frozenset({"this", "unit"}),
    exp.Var: _ONE,
    exp.Cast: frozenset({"this", "to"}),
    exp.TryCast: frozenset({"this", "to", "safe"}),
    exp.DataType: frozenset({"this", "expressions", "nested"}),
    exp.DataTypeParam: _ONE,
}

FUNCTIONS: dict[type[exp.Expr], tuple[str, frozenset[str]]] = {
    exp.Coalesce: ("coalesce", frozenset({"this", "expressions"})),
    exp.Nullif: ("nullif", _TWO),
    exp.Abs: ("abs", _ONE),
    exp.Round: ("round", frozenset({"this", "decimals"})),
    exp.Floor: ("floor", _ONE),
    exp.Ceil: ("ceil", _ONE),
    exp.Sign: ("sign", _ONE),
    exp.Sqrt: ("sqrt", _ONE),
    exp.Ln: ("ln", _ONE),
    exp.Least: ("least", frozenset({"this", "expressions", "ignore_nulls"})),
    exp.Greatest: ("greatest", frozenset({"this", "expressions", "ignore_nulls"})),
    exp.Lower: ("lower", _ONE),
    exp.Upper: ("upper", _ONE),
    exp.Length: ("length", _ONE),
    exp.Trim: ("trim", frozenset({"this", "position"})),
    exp.Concat: ("concat", frozenset({"expressions", "safe", "coalesce"})),
    exp.ConcatWs: ("concat_ws", frozenset({"expressions", "safe", "coalesce"})),
    exp.Left: ("left", _TWO),
    exp.Right: ("right", _TWO),
    exp.Substring: ("substring", frozenset({"this", "start", "length"})),
    exp.Contains: ("contains", _TWO),
    exp.StartsWith: ("starts_with", _TWO),
    exp.EndsWith: ("ends_with", _TWO),
    exp.RegexpLike: ("regexp_matches", _TWO),
    exp.Extract: ("extract", _TWO),
    exp.DateDiff: ("date_diff", _TWO | {"unit", "date_part_boundary"}),
    exp.DateTrunc: ("date_trunc", frozenset({"this", "unit"})),
    exp.TimestampTrunc: ("date_trunc", frozenset({"this", "unit"})),
    exp.Year: ("year", _ONE),
    exp.Quarter: ("quarter", _ONE),
    exp.Month: ("month", _ONE),
    exp.Week: ("week", _ONE),
    exp.Day: ("day", _ONE),
    exp.DayOfWeek: ("dayofweek", _ONE),
    exp.DayOfWeekIso: ("isodow", _ONE),
    exp.DayOfYear: ("dayofyear", _ONE),
    exp.Hour: ("hour", _ONE),
    exp.Minute: ("minute", _ONE),
}
"""Functions of a row: the class SQLGlot reads them as, the name people write, and their arguments."""

AGGREGATES: dict[type[exp.Expr], tuple[str, frozenset[str]]] = {
    exp.Sum: ("sum", _ONE),
    exp.Avg: ("avg", _ONE),
    exp.Min: ("min", _ONE),
    exp.Max: ("max", _ONE),
    exp.Count: ("count", frozenset({"this", "big_int"})),
    exp.CountIf: ("count_if", _ONE),
    exp.Median: ("median", _ONE),
    exp.PercentileCont: ("quantile_cont", _TWO),
    exp.Stddev: ("stddev", _ONE),
    exp.StddevSamp: ("stddev_samp", _ONE),
    exp.StddevPop: ("stddev_pop", _ONE),
    exp.Variance: ("var_samp", _ONE),
    exp.VariancePop: ("var_pop", _ONE),
    exp.ArgMin: ("arg_min", _TWO),
    exp.ArgMax: ("arg_max", _TWO),
    exp.LogicalAnd: ("bool_and", _ONE),
    exp.LogicalOr: ("bool_or", _ONE),
    exp.Mode: ("mode", _ONE),
}
"""Functions that sum many rows up; none depends on the order of rows (see `vitrail.engine.conditions`)."""

AROUND_AGGREGATES: dict[type[exp.Expr], frozenset[str]] = {
    exp.Filter: _TWO,
    exp.Where: _ONE,
    exp.Distinct: frozenset({"expressions"}),
    exp.Star: frozenset(),
}

ROW_NODES: dict[type[exp.Expr], frozenset[str]] = {
    **_OPERATORS,
    **{kind: arguments for kind, (_, arguments) in FUNCTIONS.items()},
}
AGGREGATE_NODES: dict[type[exp.Expr], frozenset[str]] = {
    **ROW_NODES,
    **{kind: arguments for kind, (_, arguments) in AGGREGATES.items()},
    **AROUND_AGGREGATES,
}

ROW_NAMES = tuple(sorted({name for name, _ in FUNCTIONS.values()} | {"case", "cast", "if", "date_part"}))
AGGREGATE_NAMES = tuple(sorted({name for name, _ in AGGREGATES.values()}))

UNITS = frozenset(
    {
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "dow",
        "isodow",
        "doy",
        "hour",
        "minute",
        "second",
        "epoch",
        "isoyear",
    }
)
"""What `extract`, `date_part`, `date_trunc` and `date_diff` may ask of a date."""

INTERVAL_UNITS = frozenset({"year", "quarter", "month", "week", "day", "hour", "minute", "second"})

TYPES = frozenset(
    {
        exp.DataType.Type.BOOLEAN,
        exp.DataType.Type.TINYINT,
        exp.DataType.Type.SMALLINT,
        exp.DataType.Type.INT,
        exp.DataType.Type.BIGINT,
        exp.DataType.Type.FLOAT,
        exp.DataType.Type.DOUBLE,
        exp.DataType.Type.DECIMAL,
        exp.DataType.Type.TEXT,
        exp.DataType.Type.VARCHAR,
        exp.DataType.Type.DATE,
        exp.DataType.Type.TIME,
        exp.DataType.Type.TIMESTAMP,
        exp.DataType.Type.TIMESTAMPNTZ,
    }
)
"""What a value may be cast to."""

TRUE_OR_FALSE = (
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Like, exp.ILike, exp.Escape, exp.Between, exp.In),
    *(exp.Boolean, exp.Contains, exp.StartsWith, exp.EndsWith, exp.RegexpLike, exp.LogicalAnd, exp.LogicalOr),
)
"""Nodes whose value is true or false."""

TRUE_OR_FALSE_NAMES = ("is_", "has_", "was_", "accepts_")
"""How the name of a column begins that is true or false by itself."""

OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
STACKING = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE, TokenType.INTERVAL})
"""What nests by being written again and again."""

AFTER_STATEMENT = frozenset(
    {None, TokenType.VAR, TokenType.STRING, TokenType.STAR, TokenType.NUMBER, TokenType.L_PAREN}
)
"""What follows the first word of a statement, but not a column's name."""
