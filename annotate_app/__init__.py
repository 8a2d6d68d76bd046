"""The app: where people and judges meet; the only I/O with people and disk."""
