"""The rule language: TOML text to compiled questions over facts. Reads no files, knows no clock."""
