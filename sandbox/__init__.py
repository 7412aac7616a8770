"""A pretend EHR, strict on purpose: authorization server, FHIR R4 server, faults, window."""
