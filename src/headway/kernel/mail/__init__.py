"""E-mail: what is to be sent waits in the database, and a controller sends it."""
