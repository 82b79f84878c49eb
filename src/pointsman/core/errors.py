"""Every error Pointsman raises on purpose.

::

    PointsmanError              exit 1   something failed; the live release still serves
    ├── UsageError              exit 2   a command or a file of the user's is wrong
    │   └── UnknownRelease      exit 2
    ├── Held                    exit 3   a guard stopped the change; a person releases it
    ├── Unreadable              exit 1   a document is not what its suffix says
    ├── StoreMoved              exit 1   the store changed under a run; list it again
    ├── ListingFailed           exit 1   the store could not be listed
    ├── LedgerConflict          exit 1   somebody else moved the live pointer
    ├── ModelMismatch           exit 1   vectors or adapters of one model offered to another
    ├── ModelMissing            exit 2   a model is not where params.yaml says
    ├── IndexBusy               exit 1   another process holds the embedded index
    ├── IndexDamaged            exit 1   the collection does not hold what the release names
    ├── TrainingDiverged        exit 1   a loss or a gradient is no finite number
    ├── ModelSpoiled            exit 1   a generator gives no finite loss to a reference
    └── BuildFailed             exit 1   a dvc stage failed
"""


class PointsmanError(Exception):
    """Something failed; what is live still serves. The message gives both values and the way out."""

    exit_code = 1


class UsageError(PointsmanError):
    """A command line, params.yaml or a file written by the user is wrong."""

    exit_code = 2


class UnknownRelease(UsageError):
    """A release id that the ledger does not hold."""


class Held(PointsmanError):
    """A guard stopped the change; the message says what would release it."""

    exit_code = 3


class Unreadable(PointsmanError):
    """A document is damaged, encrypted, empty or too large to be read; the message goes on after its name."""


class StoreMoved(PointsmanError):
    """A document changed between the listing and its use; list again."""

    def __init__(self, message: str, documents: tuple[str, ...] = ()) -> None:
        """Say what moved; ``documents`` names those that a caller may leave as they were."""
        super().__init__(message)
        self.documents = documents


class ListingFailed(PointsmanError):
    """The store could not be listed, so nothing is known about what it holds."""


class LedgerConflict(PointsmanError):
    """The live pointer was not where the caller believed it to be."""


class ModelMismatch(PointsmanError):
    """Vectors, or an adapter, of one model were offered to another."""


class ModelMissing(UsageError):
    """A model is not where params.yaml says it is, or its weights are not the expected ones."""


class IndexBusy(PointsmanError):
    """Another process holds the embedded index; one process at a time may open it."""


class IndexDamaged(PointsmanError):
    """The collection does not hold what the release names."""


class TrainingDiverged(PointsmanError):
    """A loss or a gradient is no finite number; the message names the step and the likely cause."""


class ModelSpoiled(PointsmanError):
    """A generator gives no finite loss to a reference answer: nothing that it was measured on can be trusted."""


class BuildFailed(PointsmanError):
    """A dvc stage failed; the message carries the end of its output."""
