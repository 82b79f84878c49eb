"""What earlier runs left: debt, failed trainings, throughput."""
