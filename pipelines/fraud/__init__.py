"""Fraud: features by the hour, scores with their reasons, verdicts published to both stores."""
