"""How a training runs and what it repeats; no model is known here."""
