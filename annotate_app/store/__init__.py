"""The store: the one place for SQL; one file per noun, each speaking the words of the records."""
