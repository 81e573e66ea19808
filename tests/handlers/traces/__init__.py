"""Recorded webhooks in another order: what is given again, to whom, and what is compared."""
