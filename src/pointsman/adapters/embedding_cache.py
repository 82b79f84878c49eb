"""PLACEHOLDER written by the lead to unblock; the owner of this file overwrites it."""

import sqlite3
import numpy as np
from pointsman.core.identity import digest


class CachedEmbedder:
    def __init__(self, embedder, path, *, max_bytes=2 * 1024**3):
        self.e = embedder
        self.path = path
        self.embedded = 0
        self.reused = 0
        self.fingerprint = embedder.fingerprint

    @property
    def dimension(self):
        return self.e.dimension

    def count_tokens(self, t):
        return self.e.count_tokens(t)

    def embed(self, texts):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path)
        db.execute("create table if not exists v(k text primary key, b blob)")
        keys = [self.fingerprint + digest(t) for t in texts]
        known = {}
        for k in keys:
            r = db.execute("select b from v where k=?", (k,)).fetchone()
            if r:
                known[k] = np.frombuffer(r[0], np.float32)
        todo = {k: t for k, t in zip(keys, texts) if k not in known}
        self.reused += len(set(keys)) - len(todo)
        self.embedded += len(todo)
        if todo:
            for k, v in zip(todo, self.e.embed(list(todo.values()))):
                known[k] = v
                db.execute("insert or replace into v values(?,?)", (k, v.astype(np.float32).tobytes()))
            db.commit()
        db.close()
        return np.stack([known[k] for k in keys]) if texts else np.zeros((0, self.dimension), np.float32)
