"""What shoppers of each template go through, as docs/transcripts has it."""
