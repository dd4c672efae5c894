output "network" {
  description = "Id of the network."
  value       = google_compute_network.network.id
}

output "subnetworks" {
  description = "By region: the subnetwork's address, as Dataflow takes it."
  value       = { for region, subnetwork in google_compute_subnetwork.workers : region => subnetwork.self_link }
}
