"""The stage `code` of dvc.yaml: one digest for each stage, of the code that the stage really runs."""

from pointsman.stages.code import main

if __name__ == "__main__":
    main()
