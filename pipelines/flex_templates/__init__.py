"""The jobs as Dataflow flex templates: how they are described, and how they are launched."""
