"""The browser side: thin views over services."""
