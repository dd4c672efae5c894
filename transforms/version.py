"""The version of this code: the distribution's, and the `code_version` that every row carries."""

CODE_VERSION = "0.1.0"
