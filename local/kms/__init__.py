"""Cloud KMS on this machine: the official client's protocol, real cryptography, kept in a folder.

`LocalKms` (local/kms/server.py) is the server; `python -m local.kms --directory keys` starts one
by hand. What differs from Google's: it takes every caller, and has no HSM, no import of keys, no
asymmetric keys. A method that it does not have answers UNIMPLEMENTED.
"""
