"""What a test or an operator asks of the simulator, and what it tells them."""
