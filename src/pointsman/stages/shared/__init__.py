"""What every stage uses: the files of ``build/``, what a stage opens, and how it reports."""
