"""A day or moment is read as the calendar and the plan's time zone have it, or it is spoiled."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "cell", "day"),
    [
        ("dd/mm/yyyy", "03/04/2025", "2025-04-03"),
        ("mm/dd/yyyy", "03/04/2025", "2025-03-04"),
        ("dd.mm.yyyy", "3.4.2025", "2025-04-03"),
        ("dd/mm/yyyy", "2025-04-03", "2025-04-03"),
        ("mm-dd-yyyy", "2025-04-03", "2025-04-03"),
        ("dd-mm-yyyy", "03-04-2025", "2025-04-03"),
        ("yyyy-mm-dd", "1893-01-02", "1893-01-02"),
        ("yyyy-mm-dd", "2199-12-31", "2199-12-31"),
        ("d/m/yy", "3/4/25", "2025-04-03"),
        ("d/m/yy", "3/4/69", "1969-04-03"),
        ("d/m/yy", "3/4/68", "2068-04-03"),
        ("yyyymmdd", "20250403", "2025-04-03"),
        ("dd mmm yyyy", "3 mars 2025", "2025-03-03"),
        ("dd mmm yyyy", "3 févr. 2025", "2025-02-03"),
        ("dd mmm yyyy", "1er août 2024", "2024-08-01"),
        ("dd mmm yyyy", "14 juil. 2024", "2024-07-14"),
        ("dd mmm yyyy", "30 juin 2024", "2024-06-30"),
        ("dd mmm yyyy", "Mar 3, 2025", "2025-03-03"),
        ("dd mmm yyyy", "March 3rd, 2025", "2025-03-03"),
        ("dd mmm yyyy", "3-Mar-2025", "2025-03-03"),
        ("dd mmm yyyy", "03-MAR-25", "2025-03-03"),
        ("dd-mmm-yy", "05-janv.-23", "2023-01-05"),
        ("mmm-dd-yy", "Mar-05-24", "2024-03-05"),
        ("mmm dd, yy", "March 5, 99", "1999-03-05"),
        ("dd mmm yyyy", "jeudi 3 avril 2025", "2025-04-03"),
        ("dd mmm yyyy", "Thu, 3 Apr 2025", "2025-04-03"),
        ("dd/mm/yyyy", "03/04/2025 10:11", "2025-04-03"),
        ("dd/mm/yyyy", "03/04/2025 - 10:11:12 PM", "2025-04-03"),
        ("dd mmm yyyy", "03-Apr-2025 11:59 PM EST", "2025-04-03"),
    ],
)
def test_a_day_is_what_it_says(read, name, cell, day):
    assert read(name, [cell]) == [(dt.date.fromisoformat(day), False)]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("dd/mm/yyyy", "31/02/2025"),
        ("dd/mm/yyyy", "04/13/2025"),
        ("dd/mm/yyyy", "03/04/25"),
        ("dd/mm/yyyy", "03/04/12025"),
        ("d/m/yy", "03/04/2025"),
        ("yyyymmdd", "2025111"),
        ("yyyy-mm-dd", "0025-01-01"),
        ("yyyy-mm-dd", "tomorrow"),
        ("dd mmm yyyy", "3 marteau 2025"),
        ("dd mmm yyyy", "31 avril 2025"),
        ("yyyy-mm-dd hh:mm", "2024-01-01 25:00"),
        ("unix seconds", "99999999999999"),
    ],
)
def test_what_is_no_day_of_the_calendar_is_spoiled(read, name, cell):
    assert read(name, [cell]) == [(None, True)]


@pytest.mark.parametrize(
    ("name", "cell", "paris"),
    [
        ("yyyy-mm-dd hh:mm:ss +hh:mm", "2024-01-05 10:11:12 +0100", "2024-01-05 10:11:12"),
        ("yyyy-mm-dd hh:mm:ss", "2024-07-05 10:11:12 -0500", "2024-07-05 17:11:12"),
        ("yyyy-mm-ddThh:mm:ssZ", "2024-01-05T10:11:12Z", "2024-01-05 11:11:12"),
        ("yyyy-mm-ddThh:mm:ss.fffZ", "2024-07-05T10:11:12.500Z", "2024-07-05 12:11:12.5"),
        ("yyyy-mm-ddThh:mm:ssZ", "2024-01-05T10:11:12.1234567+02:00", "2024-01-05 09:11:12.123456"),
        ("yyyy-mm-dd hh:mm:ss", "2024-01-05 23:30:00 UTC", "2024-01-06 00:30:00"),
        ("yyyy-mm-dd hh:mm:ss", "2024-01-05 10:11:12", "2024-01-05 10:11:12"),
        ("dd/mm/yyyy hh:mm", "05/01/2024 10h11", "2024-01-05 10:11:00"),
        ("mm/dd/yyyy hh:mm am", "1/5/2024 1:05 PM", "2024-01-05 13:05:00"),
        ("mm/dd/yyyy hh:mm", "1/5/2024, 12:05:00\u202fam", "2024-01-05 00:05:00"),
        ("dd-mmm-yy hh:mm:ss.fff", "05-JAN-24 01.05.32.000000 PM", "2024-01-05 13:05:32"),
        ("dd.mm.yyyy hh:mm:ss", "05.01.2024 14.05.33", "2024-01-05 14:05:33"),
        ("dd mmm yyyy hh:mm", "5 janvier 2024 à 10:11", "2024-01-05 10:11:00"),
        ("unix seconds", "1704448800", "2024-01-05 11:00:00"),
        ("unix milliseconds", "1704448800123", "2024-01-05 11:00:00.123"),
        ("excel days", "45296.75", "2024-01-05 18:00:00"),
    ],
)
def test_a_moment_with_an_offset_is_moved_to_the_time_zone_of_the_plan(read, name, cell, paris):
    assert read(name, [cell], timezone="Europe/Paris") == [(dt.datetime.fromisoformat(paris), False)]


def test_the_zero_day_of_mysql_is_blank(read):
    assert read("yyyy-mm-dd", ["0000-00-00", "NaT", ""]) == [(None, False)] * 3
    assert read("yyyy-mm-dd hh:mm:ss", ["0000-00-00 00:00:00", "2024-01-05"]) == [
        (None, False),
        (dt.datetime(2024, 1, 5), False),
    ]


PATTERNS = {
    "dd/mm/yyyy": "%d/%m/%Y",
    "mm/dd/yyyy": "%m/%d/%Y",
    "yyyy-mm-dd": "%Y-%m-%d",
    "dd.mm.yyyy": "%d.%m.%Y",
    "yyyymmdd": "%Y%m%d",
    "dd/mm/yyyy hh:mm:ss": "%d/%m/%Y %H:%M:%S",
    "yyyy-mm-ddThh:mm:ssZ": "%Y-%m-%dT%H:%M:%SZ",
    "mm/dd/yyyy hh:mm:ss am": "%m/%d/%Y %I:%M:%S %p",
    "mmm dd, yyyy": "%b %d, %Y",
}
moments = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)).map(
    lambda m: m.replace(microsecond=0)
)


@settings(deadline=None, max_examples=40)
@given(st.lists(moments, min_size=1, max_size=60), st.sampled_from(sorted(PATTERNS)))
def test_a_moment_written_in_a_pattern_is_read_back_exactly(read, values, name):
    cells = [value.strftime(PATTERNS[name]) for value in values]
    expected = values if "hh" in name else [value.date() for value in values]
    assert read(name, cells) == [(value, False) for value in expected]
