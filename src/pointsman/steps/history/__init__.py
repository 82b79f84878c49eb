"""What earlier runs recorded: debt, failed trainings, throughput."""
