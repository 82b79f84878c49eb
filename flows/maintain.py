"""The flow `maintain`: check and repair. Yours to edit: `infra/serve.py` runs what it names `maintain_flow`."""

from pathlib import Path

from pointsman.flows.maintain import maintain_flow

__all__ = ["maintain_flow"]

if __name__ == "__main__":
    maintain_flow(root=str(Path(__file__).resolve().parents[1]))
