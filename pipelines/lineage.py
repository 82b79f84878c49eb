"""lineage: what the ledger says of examples, so that dvc sees when a person confirms one."""

from pipelines.files import LINEAGE, WORKSPACE, write_json
from pipelines.stage import run
from pointsman.adapters.ledgers import open_ledger
from pointsman.settings import Endpoints
from pointsman.steps.forgotten import forgotten
from pointsman.steps.lineage import lineage_of


def main() -> None:
    """Write build/lineage.json: the digests that each example is true for, and which forgettings refuse some."""
    ledger = open_ledger(WORKSPACE, Endpoints())
    lineage = lineage_of(ledger)
    write_json(LINEAGE, {"lineage": lineage.as_json(), "forgotten": forgotten(ledger).rules})
    print(f"lineage: {len(lineage.accepted)} examples accepted, {len(lineage.confirmed)} confirmed")


if __name__ == "__main__":
    run(main)
