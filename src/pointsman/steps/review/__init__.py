"""For people: status, history, holds and their approval."""
