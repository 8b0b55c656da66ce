"""What two or more deployables import, and nothing else."""
