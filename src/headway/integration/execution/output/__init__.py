"""From what a program prints to the log: commands, masks, problem matchers, decoding."""
