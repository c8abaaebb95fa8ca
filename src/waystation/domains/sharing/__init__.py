"""Links: files and folders of a space for people who have no account here."""
