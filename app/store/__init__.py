"""The only SQL of the product. Seals what identifies a person before it is written."""
