"""The stage `pairs` of dvc.yaml. Yours to edit: what you change here runs this stage again."""

from pointsman.stages.pairs import main
from pointsman.stages.runner import run

if __name__ == "__main__":
    run(main)
