"""The stage `snapshot` of dvc.yaml. Yours to edit: what you change here runs this stage again."""

from pointsman.stages.runner import run
from pointsman.stages.snapshot import main

if __name__ == "__main__":
    run(main)
