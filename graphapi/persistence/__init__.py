"""All SQL: the database, its tables and one repository per noun."""
