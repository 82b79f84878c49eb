"""What documents hold that their readers do not see."""
