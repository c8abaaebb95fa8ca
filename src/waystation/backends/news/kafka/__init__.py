"""News by Kafka."""
