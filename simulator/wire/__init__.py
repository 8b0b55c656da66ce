"""MTProto 2.0, the server's side: frames, keys, sessions and connections, without accounts."""
