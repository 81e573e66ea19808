"""What maintainers run by hand: recordings, measurements, pictures, fetched documents. Nothing here is the product."""
