"""Tests of app.fhir."""
