"""Guards: what looks like an accident stops the change until the store, or a person, says that it is meant."""
