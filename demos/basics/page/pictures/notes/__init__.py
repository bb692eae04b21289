"""The three inner pages of the notes' network."""
