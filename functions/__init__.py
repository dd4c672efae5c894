"""The Cloud Functions: a folder each, its `main.py` short; what they share stands beside."""
