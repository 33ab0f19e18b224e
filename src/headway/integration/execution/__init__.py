"""The executor: runs one job on one machine. A local run uses it directly, an agent will use it the same way."""
