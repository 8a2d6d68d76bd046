"""What a reader needs beside the coefficients: people as the yardstick, confidence, and the raters."""
