"""What the guard of exposure looks at: documents that more readers may get than before."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pointsman.core.corpus.exposure import AccessChange, exposed_since
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.evidence import GuardInputs
from pointsman.ports.workspace import Memory
from pointsman.steps.observe.corpus_change import CorpusChange
from pointsman.steps.observe.losses.window import window
from pointsman.steps.resources import Serving


def exposed_in_window(
    access: AccessChange, corpus: CorpusChange, *, serving: Serving, memory: Memory, now: Callable[[], str]
) -> tuple[str, ...]:
    """Return the documents that this change exposes, with those exposed in the window before it, sorted.

    So three documents an hour are one accident. A change that exposes nothing is not held for what came before.
    """
    if not access.exposed:
        return ()
    days = serving.params.guard.window_days
    served = window(serving.ledger, corpus.live_manifest, days=days, memory=memory, now=now).served
    return tuple(sorted({*access.exposed, *exposed_since(served, corpus.manifest)}))


def with_exposed(inputs: GuardInputs, exposed: Sequence[str]) -> GuardInputs:
    """Return the inputs of the guards with the number of exposed documents."""
    return replace(inputs, exposed=len(exposed))


def exposed_documents(exposed: Sequence[str], manifest: Manifest) -> dict[str, int]:
    """Return what an approval names: each exposed document with those who may read it then."""
    return {f"{d} ({', '.join(manifest.entries[d].readers) or 'nobody'})": 0 for d in exposed}
