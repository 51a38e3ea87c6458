"""What the files suggest: who needs whom, which tier a service belongs to, where credentials are, who needs the internet."""
