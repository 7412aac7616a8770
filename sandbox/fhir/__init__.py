"""The FHIR R4 server: versioned store, search, writes, capability statement. Issues no tokens."""
