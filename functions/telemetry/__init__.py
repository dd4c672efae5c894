"""The door: devices post packets; what is accepted is sealed and in Pub/Sub."""
