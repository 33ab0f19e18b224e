"""Measures Headway beside its peers: `script/bench SUITE`."""
