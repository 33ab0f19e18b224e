"""An index beside each repository, derived from it and made anew when it is missing, damaged or of another version.

It answers what Git answers only by walking the history or the tree: the commits that touched a path, the last commit of
each entry of a folder, how far a branch is ahead, the files that hold a text. Why: docs/decisions/0007.
"""
