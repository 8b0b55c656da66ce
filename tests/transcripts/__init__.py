"""What shoppers of each template do and read, for docs/transcripts."""
