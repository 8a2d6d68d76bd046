"""What a policy may demand of a judge beyond agreement: cost of errors, steadiness, price, speed, strata."""
