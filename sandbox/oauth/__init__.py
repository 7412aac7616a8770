"""The authorization server: launches, codes, tokens, client authentication. Serves no FHIR."""
