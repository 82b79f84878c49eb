"""Reading documents within limits of time and memory."""
