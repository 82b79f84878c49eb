"""The scenario benchmark: is the decision right? Every action is carried out for every change, and measured."""
