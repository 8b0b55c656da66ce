"""MTProto 2.0, the server's side: frames, keys, sessions, connections. Knows nothing of accounts."""
