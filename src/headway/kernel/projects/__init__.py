"""Projects: what repositories, runs, secrets and events belong to, and who may do what in them."""
