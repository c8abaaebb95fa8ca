"""What and where: stores and datasets."""
