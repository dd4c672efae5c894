"""The whole system on one machine, live: `python -m local.live`, which is `make run`.

Emulators, key service, functions and the streaming job start here; devices enrol and post through
the real endpoints; at the end every sample is accounted for, and all that was started is stopped.
"""
