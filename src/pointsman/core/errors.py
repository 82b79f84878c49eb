"""Every error that Pointsman raises on purpose.

::

    PointsmanError              PM-E01   exit 1   something failed; the live release still answers
    ├── UsageError              PM-E02   exit 2   a command or a file that the user wrote is wrong
    │   ├── UnknownRelease      PM-E03   exit 2   the ledger has no such release
    │   └── ModelMissing        PM-E10   exit 2   a model is not where params.yaml says
    ├── OnHold                  PM-E04   exit 3   a change waits for a person
    ├── Unreadable              PM-E05   exit 1   a document cannot be read
    ├── StoreMoved              PM-E06   exit 1   the store changed during the run
    ├── ListingFailed           PM-E07   exit 1   the store could not be listed
    ├── LedgerConflict          PM-E08   exit 1   another writer was faster
    ├── ModelMismatch           PM-E09   exit 1   vectors or an adapter belong to another model
    ├── IndexBusy               PM-E11   exit 1   another process uses the index
    ├── IndexDamaged            PM-E12   exit 1   the collection lacks what the release names
    ├── TrainingDiverged        PM-E13   exit 1   a loss or a gradient is not a finite number
    ├── ModelSpoiled            PM-E14   exit 1   a generator gives no finite loss
    ├── BuildFailed             PM-E15   exit 1   a DVC stage failed
    ├── ServerUnusable          PM-E16   exit 1   the Qdrant server is away, refuses or is too old
    └── TrainingStopped         PM-E17   exit 1   a signal stopped a training; its checkpoint is kept

A code never changes, and no other error ever gets it. The message says what happened this time, with the value and the
limit; ``title`` and ``way_out`` say what the error means in general and are the text of its section in the docs.
Nothing here collects the classes: a stage depends on the errors that its code raises, so a new class re-runs no stage.
"""

from typing import ClassVar


class PointsmanError(Exception):
    """Something failed that has no class of its own."""

    exit_code: ClassVar[int] = 1
    """Exit code of a command that ends with this error."""
    code: ClassVar[str] = "PM-E01"
    """Stable code, ``PM-E`` and two digits."""
    title: ClassVar[str] = "Something failed"
    """What happened, in a few words."""
    way_out: str = "Read the message. The live release still answers. If the error comes back, run `pointsman doctor`."
    """What a person can do about it. A class says it in whole sentences; one error may say it more exactly."""


class UsageError(PointsmanError):
    """A command line, params.yaml or another file that the user wrote is wrong."""

    exit_code = 2
    code = "PM-E02"
    title = "A command or a file is wrong"
    way_out = "The message names the place, the value and what is allowed there. Correct it and run the command again."

    def __init__(self, message: str = "", *, way_out: str | None = None) -> None:
        """Take the message, and what the user can do about this one error.

        A message of one line ends with the way out, after a semicolon. So where none is given, what follows the last
        semicolon is the way out.
        """
        super().__init__(message if way_out is None or "\n" in message else f"{message}; {way_out}")
        tail = message.rpartition("; ")[2] if "; " in message else ""
        if way_out is not None:
            self.way_out = way_out
        elif type(self).way_out in {UsageError.way_out, ModelMissing.way_out} and tail and "\n" not in tail:
            self.way_out = tail


class UnknownRelease(UsageError):
    """A command names a release that the ledger does not have."""

    code = "PM-E03"
    title = "There is no such release"
    way_out = "Run `pointsman history` to see the releases. The first characters of an id are enough."


class OnHold(PointsmanError):
    """A change waits for a person, or a review is about a release that is no longer live."""

    exit_code = 3
    code = "PM-E04"
    title = "A change waits for a person"
    way_out = "Run `pointsman status` to see why, then `pointsman approve` or `pointsman reject`."


class Unreadable(PointsmanError):
    """A document is damaged, encrypted, empty or too large to read. The message continues after the document's name."""

    code = "PM-E05"
    title = "A document cannot be read"
    way_out = (
        "Repair or replace the file; the next refresh reads it again. Until then it is in quarantine and its last good "
        "version is served."
    )


class StoreMoved(PointsmanError):
    """A document changed between the listing of the store and its use."""

    code = "PM-E06"
    title = "The store changed during the run"
    way_out = "Run `pointsman refresh` again. The Prefect flow does so by itself."

    def __init__(self, message: str, documents: tuple[str, ...] = ()) -> None:
        """Take the message, and the ids of the documents that changed: a caller may leave these as they were."""
        super().__init__(message)
        self.documents = documents


class ListingFailed(PointsmanError):
    """The store could not be listed, so nothing is known about its documents."""

    code = "PM-E07"
    title = "The store could not be listed"
    way_out = (
        "Correct `store.url` or the credentials, or wait for the server. Nothing changes because of a failed listing."
    )


class LedgerConflict(PointsmanError):
    """Another writer moved the live pointer or took the write lease first."""

    code = "PM-E08"
    title = "Another writer was faster"
    way_out = "Run the command again. It starts from the release that is live now."


class ModelMismatch(PointsmanError):
    """Vectors or an adapter of one model were used with another model."""

    code = "PM-E09"
    title = "Vectors or an adapter belong to another model"
    way_out = (
        "Rebuild the index with the model in `params.yaml`, or name there the model that the release was made with."
    )


class ModelMissing(UsageError):
    """A model is not where params.yaml says, or its weights are not the expected ones."""

    code = "PM-E10"
    title = "A model is missing"
    way_out = (
        "Run `pointsman models` to see each model and its folder. Correct `retriever.model` or `generator.model`, or "
        "put the model in place."
    )


class IndexBusy(PointsmanError):
    """Another process has the embedded index open, or another machine has the write lease."""

    code = "PM-E11"
    title = "Another process uses the index"
    way_out = "Wait until the other process ends. To share an index, start a Qdrant server and set `QDRANT_URL`."


class IndexDamaged(PointsmanError):
    """The collection does not hold what the release names."""

    code = "PM-E12"
    title = "The index is damaged"
    way_out = "Run `pointsman doctor` to see what is missing, then `pointsman doctor --repair`."


class TrainingDiverged(PointsmanError):
    """A loss or a gradient of a training is not a finite number. The message names the step."""

    code = "PM-E13"
    title = "A training diverged"
    way_out = (
        "Lower `generator.lora.learning_rate` or `retriever.lora.learning_rate`, then run `pointsman refresh` again."
    )


class ModelSpoiled(PointsmanError):
    """A generator gives no finite loss for a reference answer, so no measurement of it can be trusted."""

    code = "PM-E14"
    title = "A generator gives no usable numbers"
    way_out = "Run `pointsman rollback`, or name another `generator.model` in `params.yaml`."


class BuildFailed(PointsmanError):
    """A DVC stage failed. The message ends with the last lines of its output."""

    code = "PM-E15"
    title = "A build stage failed"
    way_out = "Read the output in the message, correct the cause, then run `pointsman refresh` again."


class ServerUnusable(PointsmanError):
    """The Qdrant server does not answer in time, refuses a request, is too old, or cannot finish its work."""

    code = "PM-E16"
    title = "The Qdrant server cannot be used"
    way_out = (
        "Start the server, or correct `QDRANT_URL` and `QDRANT_API_KEY`, then run the command again. What was written "
        "is kept. Unset `QDRANT_URL` to use the embedded index."
    )


class TrainingStopped(PointsmanError):
    """SIGTERM or Ctrl-C stopped a training; a checkpoint of its last step was written."""

    code = "PM-E17"
    title = "A training was stopped"
    way_out = "Run `pointsman refresh` again. The training goes on from its checkpoint."
