"""Keys and what is sealed with them; only ciphertext and refusals come out of here.

| you want to | open |
|---|---|
| seal and open a subject's data | security/sealing.py, with a context from security/context.py |
| build it all from one configuration | security/vault.py |
| know what may be refused, and what to do then | security/errors.py |
| encrypt a column that BigQuery can decrypt | security/column_keysets.py |
| name a person in rows and logs without naming them | security/pseudonyms.py |

Cleartext keys live in `security/tink_keysets.py` while one is made or opened, and then only inside
Tink's objects.
"""
