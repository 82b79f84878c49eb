"""The flow `refresh`: the whole loop once. Yours to edit: `infra/serve.py` runs what this file names `refresh_flow`."""

from pathlib import Path

from pointsman.flows.refresh import refresh_flow

__all__ = ["refresh_flow"]

if __name__ == "__main__":
    refresh_flow(root=str(Path(__file__).resolve().parents[1]), trigger="manual")
