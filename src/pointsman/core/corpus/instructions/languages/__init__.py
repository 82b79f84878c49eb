"""Words with which a text speaks to a language model, in many languages."""
