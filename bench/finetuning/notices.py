"""A corpus of maintenance notices in plain words, and questions that use invented words instead.

Every notice is about one pair of part and fault; every pair has one notice. Documents never contain the invented words,
so neither BM25 nor an embedder of English can connect a question with its notice. The meaning of a word can be learned
only from questions whose notice is known. The split is the product's own, by document (``is_held_out``): a held-out
question has a pair that no training question has, but both of its words are in many training questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.finetuning.invented_words import invented
from pointsman.core.supervision.examples import is_held_out
from pointsman.core.supervision.probes import Probe

PARTS = (
    "circulation pump", "conveyor belt", "cooling fan", "hydraulic press", "pressure valve", "drive chain",
    "oil filter", "steam boiler", "gear box", "control panel", "loading crane", "water tank", "exhaust pipe",
    "cutting blade", "electric motor", "dust collector", "air compressor", "rubber seal", "brake disc", "fuel line",
    "storage hopper", "sliding door", "heat exchanger", "feed screw", "weighing scale",
)  # fmt: skip
FAULTS = (
    "leaks after a cold night", "makes a grinding noise", "stops without warning", "overheats under load",
    "vibrates at low speed", "smells of burning", "will not start in the morning", "runs backwards",
    "trips the circuit breaker", "shows a wrong reading", "collects rust on its housing", "jams every few minutes",
    "loses its alignment", "drips grease on the floor", "cracks along the weld", "slows down towards evening",
    "is blocked by dirt", "comes loose from its mount", "throws sparks", "freezes in frost", "bends out of shape",
    "hums at standstill", "swells in damp air", "wears out too early",
)  # fmt: skip
REMEDIES = (
    "switch off the supply for {n} minutes and clean the contacts with a {tool}",
    "call the {shift} shift and have {n} bolts tightened crosswise",
    "take a {tool}, replace the inner ring and test it at {n} percent of its power",
    "write the time into log book {n} and inform the {shift} foreman",
    "open the cover on the left with a {tool} and fit {n} new springs",
    "lower the limit by {n} percent and let the {shift} shift watch it",
    "order spare number {n} from the store in the yard and mark the old one red",
    "rinse it with warm water, let it dry for {n} hours and close the hatch",
    "fetch the {tool} of bench {n} and scrape off what sticks",
    "ask the {shift} electrician for fuse {n} and keep the old one",
)
TOOLS = (
    "dry cloth",
    "flat file",
    "long wrench",
    "soft brush",
    "small hammer",
    "wire hook",
    "torch lamp",
    "putty knife",
)
SHIFTS = ("early", "second", "late", "night", "weekend", "standby")
NOTICE = (
    "This notice is for the case that the {part} {fault}. When the {part} {fault}, {one}.",
    "Sometimes the {part} {fault}. Then {one}; that helps as soon as the {part} {fault}.",
    "Should you find that the {part} {fault}, {one}. Nothing else is allowed while the {part} {fault}.",
)
QUESTIONS = (
    "What do I do about {fault} on the {part}?",
    "My {part} has {fault} again, what now?",
    "Which notice covers a {part} with {fault}?",
    "How is {fault} cured in a {part}?",
)
TWICE = 2
"""Questions for each training notice."""
TAG = "slang"


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices and their questions."""

    documents: dict[str, str]
    """Document id → Markdown."""
    training: tuple[Probe, ...]
    """Questions on training documents; a retriever may learn them."""
    held_out: tuple[Probe, ...]
    """One question for each held-out document."""
    meaning: dict[str, str]
    """Invented word → plain words."""


def notices(seed: int, *, parts: int = len(PARTS), faults: int = len(FAULTS)) -> Notices:
    """Return a notice for each of ``parts`` and ``faults``, with questions; the same for the same seed."""
    rng = np.random.default_rng(seed)
    words = invented(parts + faults, seed)
    named, ailing = dict(zip(PARTS, words[:parts], strict=False)), dict(zip(FAULTS, words[parts:], strict=False))
    cases = [(part, fault) for part in named for fault in ailing]
    documents, training, held_out = {}, [], []
    for number, place in enumerate(rng.permutation(len(cases))):
        part, fault = cases[int(place)]
        document = f"notices/n{number:04d}.md"
        documents[document] = notice(part, fault, rng)
        asked = [text.format(part=named[part], fault=ailing[fault]) for text in _drawn(QUESTIONS, TWICE, rng)]
        if is_held_out(document, seed):
            held_out.append(_probe(document, 0, asked[0]))
        else:
            training += [_probe(document, nth, text) for nth, text in enumerate(asked)]
    meaning = {word: plain for plain, word in {**named, **ailing}.items()}
    return Notices(documents, tuple(training), tuple(held_out), meaning)


def notice(part: str, fault: str, rng: np.random.Generator) -> str:
    """Return one notice as Markdown, without invented words."""
    one = _filled(_drawn(REMEDIES, 1, rng)[0], rng)
    text = _drawn(NOTICE, 1, rng)[0].format(part=part, fault=fault, one=one)
    return f"# Maintenance notice\n\n{text}\n"


def _filled(remedy: str, rng: np.random.Generator) -> str:
    (tool,), (shift,) = _drawn(TOOLS, 1, rng), _drawn(SHIFTS, 1, rng)
    return remedy.format(n=int(rng.integers(2, 99)), tool=tool, shift=shift)


def _drawn(texts: Sequence[str], number: int, rng: np.random.Generator) -> list[str]:
    return [texts[int(place)] for place in rng.choice(len(texts), size=number, replace=False)]


def _probe(document: str, nth: int, question: str) -> Probe:
    return Probe(f"{document}-{nth}", question, (document,), tags=(TAG,))
