"""The whole system on one machine: emulators and a key service, started and stopped from here."""
