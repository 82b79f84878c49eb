"""Plain functions that compose core and ports: observe, stage, assess, decide, act, gate, release, serve, repair."""
