"""A screen for text that gives orders to a language model. It marks a passage for a person; it proves nothing.

The same text always gets the same marks. What is screened is the text that is served, and what a page hides from its
readers. The expressions are tried only where a literal beginning was found, and all their repetitions are bounded.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, cached_property
from itertools import chain, islice

from pointsman.core.corpus.documents import Document, Kind
from pointsman.core.corpus.instructions.disguises import disguised, fold, plain_letters
from pointsman.core.corpus.instructions.form import FARTHEST, Form
from pointsman.core.corpus.instructions.forms import FORMS, HIDDEN_MODEL, HIDDEN_ORDER
from pointsman.core.corpus.instructions.languages.without_spaces import WITHOUT_SPACES
from pointsman.core.corpus.instructions.marks import CHARACTERS, HIDDEN, OVERRIDE, QUOTED, HiddenText, Mark, shown
from pointsman.core.corpus.instructions.meeting import Meeting
from pointsman.core.corpus.instructions.sentences import SENTENCE_END, Vocabulary, met
from pointsman.core.corpus.instructions.words import MEETINGS
from pointsman.core.hashing import content_id

MOST = 20
"""Marks of a document, at most."""
APART = 200
"""Hidden texts of a document that are screened one by one."""
LOOKED_AT = 500
"""Passages that are compared and quoted, at most."""
NO_BLANKS = re.compile("[\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Letters of languages that put no blanks, or few, between words."""
COMMAND = re.compile(
    r"(?:^|[.!?:;\n\"'(>*#|\]\[-]\s{0,3}|(?<!\w)(?:please|kindly|instead|then|now|and then|important|"
    r"(?:you|assistants?|ai|models?|llms?|chat ?bots?)(?: (?:must|should|shall|will|are to|have to|need to|may|can|"
    r"are required to|are instructed to|always))?)[\s,:]{1,3})\Z"
)
"""What stands before a command."""
BEFORE = 34
CODE_SPAN = re.compile(r"``[^`\n]{1,300}``|`[^`\n]{1,300}`")
TAGS = re.compile("[\U000e0020-\U000e007e]{2,}")
FLAG = "\U0001f3f4"
"""The black flag: with tags behind it, it is the flag of a region."""
RUN_OF_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff]{8,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
OVERRIDES = re.compile("[\u202d\u202e]")
"""Bidi overrides: they show letters in another order than they are read in."""
SQUEEZED = re.compile(
    r"(?:ignore|disregard|forget|override|bypass)(?:all|any|the|your|my|of|previous|prior|above|earlier|preceding){1,5}"
    r"(?:instructions?|prompts?|rules|guidelines|directions|context)|revealyour(?:system)?(?:prompt|instructions)|"
    r"systemprompt|youarenow(?:an?)?(?:ai|dan|assistant|unrestricted)|donotcite|(?:answer|respond|reply)onlywith"
)
"""Orders in letters without blanks."""


def screen(document: Document, hidden: Iterable[HiddenText] = ()) -> tuple[Mark, ...]:
    """Return the marks of a document and of the text that it hides, in order of sign; at most ``MOST``.

    Where there are more, the key of the last one stands for all the others too: any change of them is a new mark.
    """
    text = document.text
    prose = "\n\n".join(
        CODE_SPAN.sub(" ` ", _outline(b.text, b.level)) for b in document.blocks if b.kind is not Kind.VERBATIM
    )
    found: dict[str, Mark] = {}
    everything = chain(screen_text(text, prose), chain.from_iterable(map(_hidden, _few(hidden))))
    for mark in islice(everything, LOOKED_AT):
        found.setdefault(mark.key, mark)
    marks = sorted(found.values(), key=lambda mark: (mark, mark.key))
    if len(marks) <= MOST and next(everything, None) is None:
        return tuple(marks)
    shown_ones = marks[:MOST]
    rest = content_id([[mark.key for mark in marks[len(shown_ones) - 1 :]], text])
    return (*shown_ones[:-1], replace(shown_ones[-1], key=rest))


def _outline(text: str, level: int) -> str:
    return f"{'#' * max(2, level)} {text}" if level else text


def screen_text(text: str, prose: str = "") -> Iterator[Mark]:
    """Yield the marks of a text. ``prose`` is the part of it that is not code, for signs that code may well have."""
    folded = fold(text)
    for source, equal, code in ((text, folded, True), (prose, fold(prose), False)):
        original = Original(source, equal)
        for sign, at, end in _signs(equal, code=code):
            yield _mark(sign, original.passage(at, end), equal[at:end])
    yield from _characters(text)
    for how, said, passage in _few_disguises(text):
        if how == "letters apart":
            if SQUEEZED.search(said):
                yield _mark(OVERRIDE, shown(passage), said, how=how)
            continue
        for sign, at, end in _signs(said, code=True):
            if passage or said[at:end] not in folded:
                yield _mark(sign, shown(passage or said[at:end]), said[at:end], how=how)


def _few_disguises(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what ``disguised`` finds: ``APART`` passages as they are, the others of one kind as one text."""
    found = disguised(text)
    yield from islice(found, APART)
    joined: dict[str, list[str]] = {}
    for how, said, passage in found:
        if how == "letters apart":  # each is looked at in itself, and soon
            yield how, said, passage
        else:
            joined.setdefault(how, []).append(said)
    for how, parts in joined.items():
        yield how, "\n\n".join(parts), ""


def _mark(sign: str, passage: str, whole: str, *, how: str = "") -> Mark:
    return Mark(sign, passage, how=how, key=content_id([sign, how, whole]))


def _signs(folded: str, *, code: bool) -> Iterator[tuple[str, int, int]]:
    """Yield (sign, begin, end) of what is found in a folded text; ``code`` for the forms that count in code too."""
    plain = plain_letters(folded)
    words = Vocabulary(plain)
    for form in FORMS:
        if form.prose != code:
            yield from _formed(form, plain, words)
    if not code:
        return
    latin, others, without_blanks = _folded_meetings()
    for meeting in latin:
        yield from met(meeting, plain, words)
    if plain is not folded:
        words = Vocabulary(folded)
        for meeting in others:
            yield from met(meeting, folded, words)
        if NO_BLANKS.search(folded):
            for meeting in without_blanks:
                yield from met(meeting, folded, None)


def _formed(form: Form, folded: str, words: Vocabulary) -> Iterator[tuple[str, int, int]]:
    for start in form.starts:
        at = there = folded.find(start) if words.may_hold(start) else -1
        while at >= 0:
            following = at + len(start)
            if form.ahead and there <= at:
                end = form.ahead.search(folded, at)
                if end is None:
                    return
                there = end.start()
            if form.ahead and there - at > FARTHEST:
                following = there - FARTHEST
            elif not (at and folded[at - 1].isalnum() and start[0].isalnum()):
                found = form.pattern.match(folded, at)
                if found and (not form.commands or COMMAND.search(folded[max(0, at - BEFORE) : at])):
                    yield form.sign, at, found.end()
                    following = max(following, found.end())
            at = folded.find(start, following)


@cache
def _folded_meetings() -> tuple[tuple[Meeting, ...], tuple[Meeting, ...], tuple[Meeting, ...]]:
    """Return the rules with their words folded as the texts are: in ASCII, in other letters, without blanks."""
    spaced = tuple(map(_folded, MEETINGS))
    latin = tuple(each for each in spaced if all(map(str.isascii, (*each.lead, *chain(*each.groups)))))
    return latin, tuple(each for each in spaced if each not in latin), tuple(map(_folded, WITHOUT_SPACES))


def _folded(rule: Meeting) -> Meeting:
    return Meeting(rule.sign, tuple(map(fold, rule.lead)), tuple(tuple(map(fold, group)) for group in rule.groups))


class Original:
    """A text beside its folded form: finds the passage of the one at an offset of the other."""

    def __init__(self, text: str, folded: str) -> None:
        self._text, self._folded = text, folded

    @cached_property
    def _lines(self) -> tuple[list[str], list[int]]:
        """The lines of the text, and where each line of the folded text begins."""
        starts = [0, *(found.end() for found in re.finditer("\n", self._folded))]
        return self._text.split("\n"), starts

    def passage(self, at: int, end: int) -> str:
        """Return the passage at these offsets of the folded text; near it, in the same line, where lengths differ."""
        if len(self._text) == len(self._folded):
            return shown(self._text[at:end])
        lines, starts = self._lines
        nth = bisect_right(starts, at) - 1
        line = lines[min(nth, len(lines) - 1)]
        length = (starts[nth + 1] - 1 if nth + 1 < len(starts) else len(self._folded)) - starts[nth]
        first = int((at - starts[nth]) / max(1, length) * len(line))
        return shown(line[max(0, first - 3) : first + QUOTED])


def _characters(text: str) -> Iterator[Mark]:
    """Yield the marks of characters that no reader sees and a model may read."""
    if text.isascii():
        return
    for found in TAGS.finditer(text):
        if found.start() == 0 or text[found.start() - 1] != FLAG:
            said = "".join(chr(ord(c) - 0xE0000) for c in found[0])
            yield _mark(CHARACTERS, shown(said), said, how="tag characters")
    for found in RUN_OF_UNSEEN.finditer(text):
        yield _mark(CHARACTERS, shown(found[0]), found[0], how="a run of unseen characters")
    for found in OVERRIDES.finditer(text):
        near = text[max(0, found.start() - 20) : found.start() + 40]
        yield _mark(CHARACTERS, shown(near), near, how="bidi override")


def _few(hidden: Iterable[HiddenText]) -> Iterator[HiddenText]:
    """Yield ``APART`` hidden texts as they are, and the others as one text for each way of hiding: a search costs."""
    texts = iter(hidden)
    yield from islice(texts, APART)
    joined: dict[tuple[str, bool], list[str]] = {}
    for each in texts:
        joined.setdefault((each.how, each.plain), []).append(each.text)
    for (how, plain), parts in joined.items():
        yield HiddenText(how, "\n\n".join(parts), plain=plain)


def _hidden(hidden: HiddenText) -> Iterator[Mark]:
    """Yield the marks of a hidden text, which need less than those of an open one."""
    marks = [_mark(HIDDEN, mark.passage, mark.key, how=hidden.how) for mark in screen_text(hidden.text, hidden.text)]
    if not marks:
        folded = fold(hidden.text)
        loose = any(HIDDEN_MODEL.search(part) and HIDDEN_ORDER.search(part) for part in SENTENCE_END.split(folded))
        if loose or (hidden.plain and len(folded.split()) >= PLAIN_WORDS):
            marks = [_mark(HIDDEN, shown(hidden.text), folded, how=hidden.how)]
    yield from marks


PLAIN_WORDS = 4
"""Words of a text that is hidden to deceive from which it is marked whatever it says."""
