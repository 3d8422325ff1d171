"""SSH: protocol 2 of RFC 4251 to 4254, with the extensions of OpenSSH that its clients and servers use today."""
