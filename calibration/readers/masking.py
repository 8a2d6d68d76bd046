"""Personal data out of texts before anything is stored; refuses to touch ids, which replay needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from calibration.readers.reading import Read
from rubrics.answers import Label, Verdict
from rubrics.items import Item

Mask = Callable[[str], str]

# Begins where a word begins and gives nothing back: a long text without an address costs one look a letter.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_PHONE = re.compile(r"(?<![\w.:/-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){7,14}(?![\w-])")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
KEPT = re.compile(r"(^|_)(id|ids|ref|template|version)$")  # ends of names in `meta` whose content stays
TEXTS = ("input", "output", "output_a", "output_b", "context", "reference")


def mask_named(names: Iterable[str]) -> Mask:
    """The masks of these names one after the other, in an order in which none spoils another's work."""
    wanted = set(names)
    chosen = [mask for name, mask in MASKS.items() if name in wanted]

    def masked_text(text: str) -> str:
        for mask in chosen:
            text = mask(text)
        return text

    return masked_text


def _emails(text: str) -> str:
    return _EMAIL.sub("[email]", text)


def _ibans(text: str) -> str:
    return _IBAN.sub(lambda found: "[iban]" if _is_iban(found[0]) else found[0], text)


def _cards(text: str) -> str:
    return _CARD.sub(lambda found: "[card]" if _is_card(found[0]) else found[0], text)


def _phones(text: str) -> str:
    return _PHONE.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else "[phone]", text)


def _is_iban(text: str) -> bool:
    """ISO 13616: the rearranged number leaves 1 when divided by 97."""
    plain = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """Luhn's sum is a multiple of ten."""
    digits = [int(c) for c in text if c.isdigit()][::-1]
    doubled = (2 * d - 9 * (d > 4) for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


MASKS: Mapping[str, Mask] = MappingProxyType(
    {"email": _emails, "iban": _ibans, "card": _cards, "phone": _phones}
)


def masked(found: Iterable[Read], mask: Mask) -> Iterator[Read]:
    """The same rows with every text that people wrote or were shown masked."""
    for read in found:
        yield replace(read, record=_record(read.record, mask))


def _record(record: Any, mask: Mask) -> Any:
    if isinstance(record, Item):
        sources, meta = tuple(map(mask, record.sources)), tuple(_kept(record.meta, mask))
        return replace(record, **_texts(record, TEXTS, mask), sources=sources, meta=meta)
    if isinstance(record, Label):
        words = _texts(record, ("reason", "rationale", "evidence"), mask)
        return replace(record, **words, extra=tuple(_kept(record.extra, mask)))
    if isinstance(record, Verdict):
        return replace(record, **_texts(record, ("reason", "rationale", "raw_value"), mask))
    return record


def _texts(record: Any, names: tuple[str, ...], mask: Mask) -> dict[str, Any]:
    return {name: _text(getattr(record, name), mask) for name in names}


def _kept(pairs: Iterable[tuple[str, Any]], mask: Mask) -> Iterator[tuple[str, Any]]:
    for name, value in pairs:
        yield name, value if KEPT.search(name) else _deep(value, mask)


def _text(content: str | None, mask: Mask) -> str | None:
    return None if content is None else mask(content)


def _deep(content: object, mask: Mask) -> object:
    """Texts inside of objects and lists, except under names that are kept."""
    if isinstance(content, str):
        return mask(content)
    if isinstance(content, list):
        return [_deep(one, mask) for one in content]
    if isinstance(content, dict):
        return {n: one if KEPT.search(str(n)) else _deep(one, mask) for n, one in content.items()}
    return content
