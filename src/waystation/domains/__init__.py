"""What the product is about; one folder a subject, each entered by its door."""
