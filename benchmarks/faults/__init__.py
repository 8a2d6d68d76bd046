"""What goes wrong while people rate, made to go wrong on purpose, at random moments with a recorded seed."""
