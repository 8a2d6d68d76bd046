"""The smallest rubric that a gate is tried on: one criterion, yes or no."""

RUBRIC = """
name: support
criteria:
  - name: grounded
    question: Is every claim backed by a source?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: every claim has a source}
        - {name: "no", description: some claim has none}
"""
