"""The ports that steps use, by role. The bootstrap fills them with adapters, tests with fakes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pointsman.core.corpus.documents import Document
from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.ports.builds import Builder
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.ports.tracking import Tracker
from pointsman.ports.validation import Validator
from pointsman.ports.workspace import ErasureSweep, JsonLinesFiles, Memory, QuarantineStore
from pointsman.settings.params import Params

Screen = Callable[[Mapping[str, str]], Mapping[str, str | None]]
"""From named texts: check (``secrets``, ``personal``) → what was found, in words without the values; None: nothing."""


def unscreened(_texts: Mapping[str, str]) -> Mapping[str, str | None]:
    """Find nothing."""
    return {}


@dataclass(frozen=True)
class Intake:
    """What people write (documents, examples, probes), and what reads and judges it."""

    store: DocumentStore
    read: DocumentReader
    parse_and_measure: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
    """From a document's id and bytes: its blocks (None if it is not text), and the columns for the validator."""
    sketch: Callable[[str], str]
    """Returns the MinHash sketch of a text: ``core.corpus.comparison.near_duplicates.SIZE`` bytes in base64."""
    readers: str
    """Fingerprint of how documents are read (parsers, ``store.formats``). If it changes, all are opened again."""
    validator: Validator
    quarantine: QuarantineStore
    examples: JsonLinesFiles
    probes: JsonLinesFiles
    schema: AnswerSchema | None
    """The JSON schema of answers in params.yaml; None if there is none."""
    screen: Screen
    """From the texts of an example or probe, by name: what must not be published in them, by check."""
    allowed: str
    """Id of the allow-list as it counts today; empty for none. If it changes, its documents are judged again."""


@dataclass(frozen=True)
class Serving:
    """What answers are made from: the live release and staged revisions."""

    params: Params
    ledger: Ledger
    index: VectorIndex
    models: Models
    schema: AnswerSchema | None
    """The JSON schema of answers in params.yaml; None if there is none."""


@dataclass(frozen=True)
class Records:
    """What is recorded of runs: the ledger, the tracker and the memory, and the time."""

    ledger: Ledger
    memory: Memory
    tracker: Tracker
    scratch: Path
    """Folder for files that the tracker uploads."""
    now: Callable[[], str]
    """Returns the time as ISO 8601 in UTC."""
    clock: Callable[[], float]
    """Returns the seconds since the epoch."""


@dataclass(frozen=True)
class Resources:
    """All ports of one workspace. A step takes single ports or one of the groups above."""

    params: Params
    store: DocumentStore
    read: DocumentReader
    parse_and_measure: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
    """From a document's id and bytes: its blocks (None if it is not text), and the columns for the validator."""
    sketch: Callable[[str], str]
    """Returns the MinHash sketch of a text: ``core.corpus.comparison.near_duplicates.SIZE`` bytes in base64."""
    examples: JsonLinesFiles
    probes: JsonLinesFiles
    models: Models
    index: VectorIndex
    ledger: Ledger
    validator: Validator
    quarantine: QuarantineStore
    builder: Builder
    tracker: Tracker
    memory: Memory
    erasure_sweep: ErasureSweep
    progress: Progress
    now: Callable[[], str]
    """Returns the time as ISO 8601 in UTC."""
    clock: Callable[[], float]
    """Returns the seconds since the epoch."""
    scratch: Path
    """Folder for files that the tracker uploads."""
    schema: AnswerSchema | None = None
    """The JSON schema of answers in params.yaml; None if there is none."""
    readers: str = ""
    """Fingerprint of how documents are read (parsers, ``store.formats``). If it changes, all are opened again."""
    screen: Screen = unscreened
    """From the texts of an example or probe, by name: what must not be published in them, by check."""
    allowed: str = ""
    """Id of the allow-list as it counts today; empty for none. If it changes, its documents are judged again."""

    @property
    def intake(self) -> Intake:
        """The ports of ``Intake``."""
        return Intake(**_shared(self, Intake))

    @property
    def serving(self) -> Serving:
        """The ports of ``Serving``."""
        return Serving(**_shared(self, Serving))

    @property
    def records(self) -> Records:
        """The ports of ``Records``."""
        return Records(**_shared(self, Records))


def _shared(resources: "Resources", group: type) -> dict[str, Any]:
    """Return the ports of a group, by name."""
    return {field.name: getattr(resources, field.name) for field in fields(group)}
