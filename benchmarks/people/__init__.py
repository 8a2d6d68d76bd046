"""People who rate without a browser: they speak the desk's routes as its page does."""
