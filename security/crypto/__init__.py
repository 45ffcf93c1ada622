"""Keys and encryption: national algorithms, three levels of keys, sealed fields, blind index, masks."""
