"""What sells, what is out of stock, what is delivered."""
