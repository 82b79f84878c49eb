"""What answers and searches are worth: scores, statistics, causes of failure."""
