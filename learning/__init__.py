"""Outcomes -> patterns, similar fixes, success prediction, calibration: what recorded rows say, and how surely."""
