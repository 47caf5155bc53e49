"""Export files in, MESSAGES out."""

OWNER = "nuanqun"
