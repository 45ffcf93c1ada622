"""Operations on credentials: each proves its guards, moves the state by the table, and keeps history."""
