"""A scored run as CSV, Parquet, XLSX, JSON and HTML files."""
