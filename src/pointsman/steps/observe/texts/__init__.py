"""What is kept about each text that was read, for the guards that compare texts."""
