"""What crosses a boundary: ids, tables. Imports nothing of ours."""
