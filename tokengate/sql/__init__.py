"""What a SQL statement does, by its database's own grammar. No wire format, no Twisted."""
