"""Tax residence, qualified investor, agency payment."""
