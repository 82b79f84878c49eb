"""What a document says about itself, in each format, and which of it may be an access statement that nobody read."""
