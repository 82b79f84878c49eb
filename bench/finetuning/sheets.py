"""A corpus of data sheets on machines with invented names, with questions and answers in a JSON form.

A sheet states two quantities of one machine. Its id is a number without meaning, so an answer can cite it only after
finding the right passage in the prompt. No example cites the sheets of ``facts``, because their values change.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.finetuning.invented_words import invented
from pointsman.core.supervision.examples import Example, is_held_out

KINDS = (
    "compressor", "conveyor", "lathe", "furnace", "mixer", "press", "centrifuge", "winch", "boiler", "loom", "kiln",
    "crusher", "dryer", "granulator", "extruder", "chiller",
)  # fmt: skip
QUANTITIES = {
    "service pressure": "bar", "rated torque": "newton metres", "top speed": "revolutions per minute",
    "working temperature": "degrees", "net mass": "kilograms", "coolant flow": "litres per minute",
    "supply voltage": "volts",
}  # fmt: skip
HALLS = ("east hall", "west hall", "old foundry", "north shed", "paint shop", "lower yard", "tool room", "test bay")
SHEETS = (
    (
        "The {name} {kind} stands in the {hall}. Its {q1} is {v1} {u1}, and the {q2} is {v2} {u2}. "
        "It is inspected every {weeks} weeks."
    ),
    (
        "In the {hall} stands the {name} {kind}, which is inspected every {weeks} weeks. "
        "It has a {q1} of {v1} {u1}. The {q2} is {v2} {u2}."
    ),
    (
        "Every {weeks} weeks somebody inspects the {name} {kind} in the {hall}. "
        "The {q1} is set to {v1} {u1}; its {q2} is {v2} {u2}."
    ),
)
QUESTIONS = (
    "What is the {quantity} of the {name} {kind}?",
    "Which {quantity} does the {name} {kind} have?",
    "How much is the {quantity} of the {name}?",
    "Please state the {quantity} of the {kind} {name}.",
    "I need the {quantity} of the {name} {kind}.",
)
"""Examples use all but the last, probes the first, wrong examples all but the first."""
ORDERS = (
    "Write the work order for the {name} {kind}.",
    "Make out a work order: {kind} {name}.",
    "The {name} is due, give me its work order.",
)
LOWEST, HIGHEST = 101, 989
"""Range of values: three digits, so that no value is a prefix of another."""
VERSIONS = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """The data sheet of one machine."""

    document: str
    name: str
    kind: str
    hall: str
    weeks: int
    """Weeks between two inspections."""
    asked: str
    """The quantity in the question."""
    values: tuple[int, ...]
    """The values of ``asked`` in its unit, one for each version of the document, all different."""
    other: str
    other_value: int
    form: int
    """Index into ``SHEETS``."""
    asked_first: bool

    def text(self, version: int = 0) -> str:
        """Return the document as Markdown."""
        pairs = [(self.asked, self.values[version]), (self.other, self.other_value)]
        (q1, v1), (q2, v2) = pairs if self.asked_first else pairs[::-1]
        said = SHEETS[self.form].format(
            name=self.name, kind=self.kind, hall=self.hall, weeks=self.weeks,
            q1=q1, v1=v1, u1=QUANTITIES[q1], q2=q2, v2=v2, u2=QUANTITIES[q2],
        )  # fmt: skip
        return f"# Data sheet\n\n{said}\n"

    def question(self, nth: int) -> str:
        """Return the question in one of its wordings."""
        return QUESTIONS[nth % len(QUESTIONS)].format(quantity=self.asked, name=self.name, kind=self.kind)

    def answer(self, version: int = 0) -> str:
        """Return the right answer for a version of the document."""
        return f"The {self.asked} of the {self.name} is {self.values[version]} {QUANTITIES[self.asked]}."

    def example(self, nth: int, *, version: int = 0, tag: str = "answer") -> Example:
        """Return a supervised example with a JSON answer and its source."""
        said = {"answer": self.answer(version), "citations": [self.document]}
        return self._taught(f"{self.document}-{tag}-{nth}", self.question(nth), said, tag)

    def order(self, nth: int) -> Example:
        """Return an example of the second behaviour: a work order in another JSON form."""
        asked = ORDERS[nth % len(ORDERS)].format(name=self.name, kind=self.kind)
        said = {"machine": f"{self.name} {self.kind}", "place": self.hall, "weeks": self.weeks, "source": self.document}
        return self._taught(f"{self.document}-order-{nth}", asked, said, "order")

    def _taught(self, id_: str, asked: str, said: Mapping[str, object], tag: str) -> Example:
        messages = ({"role": "user", "content": asked}, {"role": "assistant", "content": json.dumps(dict(said))})
        return Example(id_, messages, (self.document,), (tag,))


@dataclass(frozen=True, slots=True)
class SheetCorpus:
    """All sheets by their use; no sheet has two uses."""

    taught: tuple[Sheet, ...]
    """Sheets with one example each."""
    facts: tuple[Sheet, ...]
    """Sheets without an example; probes ask for them, and their values change."""
    ordered: tuple[Sheet, ...]
    """Sheets with one example of the second behaviour each."""

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All sheets."""
        return (*self.taught, *self.facts, *self.ordered)

    def examples(self) -> list[Example]:
        """Return the first behaviour's examples."""
        return [sheet.example(nth % (len(QUESTIONS) - 1)) for nth, sheet in enumerate(self.taught)]

    def orders(self) -> list[Example]:
        """Return the second behaviour's examples."""
        return [sheet.order(nth) for nth, sheet in enumerate(self.ordered)]

    def planted(self, number: int, seed: int, *, version: int) -> list[Example]:
        """Return wrong examples for ``number`` training sheets, with the value of another version.

        They use every wording of the question but that of ``probe_of``.
        """
        chosen = [sheet for sheet in self.facts if not is_held_out(sheet.document, seed)][:number]
        ways = range(1, len(QUESTIONS))
        return [sheet.example(nth, version=version, tag="planted") for sheet in chosen for nth in ways]


def probe_of(sheet: Sheet) -> dict[str, object]:
    """Return a golden probe without an answer, as a line of a probes file."""
    return {"id": f"{sheet.document}-probe", "question": sheet.question(0), "documents": [sheet.document]}


def sheet_corpus(seed: int, *, taught: int, facts: int, ordered: int) -> SheetCorpus:
    """Return the sheets; the same arguments give the same sheets."""
    rng = np.random.default_rng(seed)
    number = taught + facts + ordered
    names = [word.capitalize() for word in invented(number, seed)]
    ids = rng.permutation(np.arange(1000, 1000 + number))
    sheets = [_sheet(f"k{ids[nth]}.md", names[nth], rng) for nth in range(number)]
    return SheetCorpus(tuple(sheets[:taught]), tuple(sheets[taught : taught + facts]), tuple(sheets[taught + facts :]))


def _sheet(document: str, name: str, rng: np.random.Generator) -> Sheet:
    asked, other = _two(tuple(QUANTITIES), rng)
    values = rng.choice(np.arange(LOWEST, HIGHEST + 1), size=VERSIONS + 1, replace=False)
    return Sheet(
        document, name, kind=KINDS[int(rng.integers(len(KINDS)))], hall=HALLS[int(rng.integers(len(HALLS)))],
        weeks=int(rng.integers(2, 30)), asked=asked, values=tuple(int(v) for v in values[:VERSIONS]),
        other=other, other_value=int(values[VERSIONS]), form=int(rng.integers(len(SHEETS))),
        asked_first=bool(rng.integers(2)),
    )  # fmt: skip


def _two(texts: Sequence[str], rng: np.random.Generator) -> tuple[str, str]:
    one, two = rng.choice(len(texts), size=2, replace=False)
    return texts[int(one)], texts[int(two)]
