"""MTProto 2.0, the server's side: frames, keys, sessions, connections. It knows nothing of accounts."""
