"""lineage: what the ledger says of examples and of the live adapter, so that dvc sees when either changes."""

from pipelines.files import CHAMPION, LINEAGE, WORKSPACE, write_json
from pipelines.stage import run
from pointsman.adapters.ledgers import open_ledger
from pointsman.core.replay import BASE
from pointsman.settings import Endpoints
from pointsman.steps.forgotten import forgotten
from pointsman.steps.lineage import lineage_of
from pointsman.steps.releases import live_release
from pointsman.steps.replaying import champion_of


def main() -> None:
    """Write build/lineage.json: the digests that each example is true for, and which forgettings refuse some.

    And build/champion.json: the live generator's adapter, where a training may go on from it.
    """
    ledger, goes_on = open_ledger(WORKSPACE, Endpoints()), WORKSPACE.params().generator.lora.start != BASE
    lineage = lineage_of(ledger)
    write_json(LINEAGE, {"lineage": lineage.as_json(), "forgotten": forgotten(ledger).rules})
    champion = champion_of(ledger, live_release(ledger)) if goes_on else None
    write_json(CHAMPION, {"champion": champion.as_json() if champion else None})
    print(f"lineage: {len(lineage.accepted)} examples accepted, {len(lineage.confirmed)} confirmed")


if __name__ == "__main__":
    run(main)
