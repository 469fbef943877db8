"""Text as the plan writes it: YAML 1.2, quoted where it would else be read as something else."""

from __future__ import annotations

import json


def scalar(text: str) -> str:
    """A string as YAML 1.2 writes it, bare where that is read back as the same string.

    >>> scalar("N° client"), scalar("Order #"), scalar("01000"), scalar("a: b"), scalar("NO")
    ('N° client', '"Order #"', '"01000"', '"a: b"', 'NO')
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        loaded = YAML(typ="safe", pure=True).load(f"[{text}]\n") if text.isprintable() else None
        keyed = YAML(typ="safe", pure=True).load(f"{text}: x\n") if loaded == [text] else None
    except (YAMLError, ValueError):
        return json.dumps(text, ensure_ascii=False)
    bare = keyed == {text: "x"} and not any(c in text for c in "{}[],\u00a0\u202f") and not text.isdigit()
    return text if bare else json.dumps(text, ensure_ascii=False)
