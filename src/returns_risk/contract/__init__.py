"""The four contract tables: columns, days, pseudonyms, Parquet files."""
