"""What sells, what runs out, what is delivered."""
