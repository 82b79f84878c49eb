"""Take a forgotten document out of the files of a workspace, and search for what is left."""
