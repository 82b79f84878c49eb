"""The processor time of reading one document, and of telling one edit. A worker calls these."""

import time
from typing import Any


def cost_of_reading(document: str, raw: bytes) -> tuple[float, str]:
    """Return the processor time of a document in seconds, and what became of it."""
    from pointsman.adapters.minhash import sketch
    from pointsman.adapters.parsers.document import parse_and_measure
    from pointsman.steps.observe.losses.samples import SAMPLE_MEASURE
    from pointsman.steps.observe.texts.sketches import sketch_measure
    from pointsman.steps.observe.texts.traits import TRAIT_MEASURE

    parse_and_measure("a.md", b"the first call also imports")
    begin = time.process_time()
    parsed, facts = parse_and_measure(document, raw)
    if parsed is not None:
        for measure in (TRAIT_MEASURE, SAMPLE_MEASURE, sketch_measure(sketch)):
            measure.of(parsed)
    seconds = time.process_time() - begin
    if parsed is None:
        return seconds, f"refused: {facts['unreadable'] or 'no text'}"
    return seconds, f"read: {len(parsed.blocks)} blocks{', marked' if facts['instructions'] else ''}"


def cost_of_comparing(old: Any, new: Any) -> tuple[float, str]:
    """Return the processor time of telling an edit in seconds, and how many changes it has."""
    from pointsman.core.edits.classify import classify

    classify("a.md", [((), "the first call also imports")], [((), "it")])
    begin = time.process_time()
    edit = classify("a.md", old, new)
    return time.process_time() - begin, f"{len(edit.changes)} changes"
