"""`/api/v1`: JSON for other systems (docs/api.md). Every route states its summary, schema and errors."""
