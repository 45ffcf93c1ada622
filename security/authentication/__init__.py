"""Who is at the keyboard: passwords, second factors, sessions, lock-out, and fresh proof for sensitive steps."""
