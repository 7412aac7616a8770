"""Pages: they only show. No FHIR, no HTTP client."""
