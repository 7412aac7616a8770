"""The EHR window: what a clinician of the pretend EHR looks at, with the app in a frame."""
