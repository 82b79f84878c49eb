"""What an edit changed: a fact, or only the wording."""
