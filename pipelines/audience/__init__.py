"""Who came, who stayed: active users, the reachable audience, cohorts."""
