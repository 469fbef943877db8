"""The demo shop: an online shop of known truth, with everything a real export has wrong with it.

Three years of orders, one row a line; eight types of customer that differ in pace, basket, season and
taste; returns, cancellations, guests, a test order, free samples, lines written twice, an emoji. The truth
(`truth.csv`) is what no export knows: who is of which type.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from vitrail.demo.exports import compose_customers, compose_orders, compose_truth, render_csv
from vitrail.demo.mishaps import add_mishaps
from vitrail.demo.people import draw_people
from vitrail.demo.purchases import draw_lines
from vitrail.demo.world import load_world
from vitrail.errors import StoreError, UsageError
from vitrail.findings import Finding
from vitrail.i18n import Language
from vitrail.store import storage_faults, whole_file

_FILES: dict[Language, tuple[str, str]] = {
    "en": ("orders.csv", "customers.csv"),
    "fr": ("commandes.csv", "clients.csv"),
}
_MOST_CUSTOMERS = 99_000  # a customer number has five digits


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A demo shop on disk.

    Args:
        folder: the workspace.
        files: the exports: orders (one row a line), then customers.
        plan: the commented plan that reads them.
        truth: the type of each customer, which no segmentation may see.
    """

    folder: Path
    files: tuple[Path, ...]
    plan: Path
    truth: Path


def make_shop(
    folder: str | Path, *, customers: int = 6_000, seed: int = 1884, language: Language = "en"
) -> DemoShop:
    """Write a shop's exports and plan in `folder`, which is made if need be.

    The same arguments give the same bytes. Files that are there already and differ are never overwritten.

    Args:
        customers: rows of the customer file, 1 to 99,000; about 4 in 100 never bought.
        seed: of the chance that makes them, not negative.
        language: of names, headers and habits: `fr` writes semicolons, decimal commas, dd/mm/yyyy, cp1252.

    Raises:
        UsageError: `customers` or `seed` is out of range.
        StoreError: a file of another content is in the way, or the folder cannot be written.
    """
    if not 1 <= customers <= _MOST_CUSTOMERS:
        raise UsageError(Finding("demo_customers", "error", "", {"got": customers, "most": _MOST_CUSTOMERS}))
    if seed < 0:
        raise UsageError(Finding("demo_seed", "error", "", {"got": seed}))
    folder = Path(folder)
    contents = _render_shop(customers, seed, language)
    _write_files(folder, contents)
    orders, buyers, truth, plan = (folder / name for name in contents)
    return DemoShop(folder, (orders, buyers), plan, truth)


def _render_shop(customers: int, seed: int, language: Language) -> dict[str, bytes]:
    """The bytes of each file by name: orders, customers, truth, plan."""
    world = load_world()
    rng = np.random.default_rng(seed)
    people = draw_people(world, rng, customers)
    lines = add_mishaps(world, people, draw_lines(world, people, rng), rng)
    orders = compose_orders(world, people, lines, language)
    buyers = compose_customers(world, people, rng, language)
    truth = compose_truth(world, people)

    def headers(table: str) -> list[str]:
        return [pair[1 if language == "fr" else 0] for pair in world.headers[table].values()]

    orders_csv = render_csv(orders, headers("orders"), language)
    if language == "fr":  # its back office puts a title above the columns
        orders_csv = f"{world.words['file_title']}\r\n\r\n".encode("cp1252") + orders_csv
    orders_name, customers_name = _FILES[language]
    plan = resources.files("vitrail.demo").joinpath(f"shop.{language}.yml").read_bytes()
    return {
        orders_name: orders_csv,
        customers_name: render_csv(buyers, headers("customers"), language),
        "truth.csv": render_csv(truth, list(truth), "en"),
        "vitrail.yml": plan,
    }


def _write_files(folder: Path, contents: dict[str, bytes]) -> None:
    """Write every file, or none if one would overwrite something of another content or has no room."""
    with storage_faults(folder):
        new = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        kept = [name for name in contents if (folder / name).exists()]
        taken = [name for name in kept if (folder / name).read_bytes() != contents[name]]
        if taken:
            raise StoreError(Finding("demo_in_the_way", "error", str(folder), {"files": taken}))
        written: list[Path] = []
        try:
            for name, content in contents.items():
                with whole_file(folder / name) as stream:
                    stream.write(content)
                written += [] if name in kept else [folder / name]
        except BaseException:
            with contextlib.suppress(OSError):  # what another has put there meanwhile stays
                for file in written:
                    file.unlink()
                for made in new:
                    made.rmdir()
            raise
