"""How often do the guards hold a change that was meant, and which accidents do they miss?"""
