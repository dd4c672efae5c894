output "perimeter" {
  description = "Full name of the perimeter."
  value       = google_access_context_manager_service_perimeter.perimeter.name
}

output "restricted_services" {
  description = "What can be reached from inside only."
  value       = local.services
}
