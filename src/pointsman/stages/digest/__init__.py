"""How the stage ``code`` reads Python files: their syntax, what an import of them runs, and what a stage reaches."""
