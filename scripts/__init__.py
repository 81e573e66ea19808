"""What maintainers run by hand: recordings, pictures, fetched documents. Nothing here is part of the product."""
