"""Who people, teams and programs are, how they prove it, and what they may do where."""
