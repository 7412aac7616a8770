"""The only door to an EHR's FHIR API. Returns plain JSON; judges nothing."""
