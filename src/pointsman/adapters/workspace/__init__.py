"""Files of the workspace: what people write, what runs remember, what is in quarantine."""
