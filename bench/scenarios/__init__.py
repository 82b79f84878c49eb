"""The scenario benchmark: is the decision right? Every action is carried out and measured for every change."""
