"""What is sent to an EHR for each of the four intents, built and checked. Pure: sends nothing."""
