"""Plain functions that compose core and ports: observe, screen, stage, assess, decide, act, gate, release, serve, heal."""
