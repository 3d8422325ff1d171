"""What a shell command does, by the grammar that POSIX shells share. No wire format, no Twisted."""
