"""What the guard of exposure looks at: documents that more readers may get than before."""

from dataclasses import replace

from pointsman.core.corpus.exposure import AccessChange
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.evidence import GuardInputs


def with_exposed(inputs: GuardInputs, access: AccessChange) -> GuardInputs:
    """Return the inputs of the guards with the number of exposed documents."""
    return replace(inputs, exposed=len(access.exposed))


def exposed_documents(access: AccessChange, manifest: Manifest) -> dict[str, int]:
    """Return what an approval names: each exposed document with those who may read it then."""
    return {f"{d} ({', '.join(manifest.entries[d].readers) or 'nobody'})": 0 for d in access.exposed}
