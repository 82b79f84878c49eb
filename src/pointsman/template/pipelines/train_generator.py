"""The stage `train_generator` of dvc.yaml. Yours to edit: what you change here runs this stage again."""

from pointsman.stages.runner import run
from pointsman.stages.train_generator import main

if __name__ == "__main__":
    run(main)
