"""What leaves a study: records and other tools' shapes as plain rows; refuses files and databases."""
