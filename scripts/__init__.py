"""What maintainers run by hand: recording fixtures."""
